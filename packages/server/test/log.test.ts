// The log as the process writes it: a line for each request, never a secret, never a forged line.

import { cleanUp, serve } from './berth.ts';
import { ask, bearer, pushImage, raw, token } from './client.ts';

afterEach(cleanUp);

const password = 'hunter2-the-password';
const env = { BERTH_ADMIN_PASSWORD: password };
const admin = `admin:${password}`;

test('each request is a line: who, what, from where, with which answer', async () => {
  const one = await serve([], { env });
  const url = await one.url();
  await ask(`${url}/v2/`, { headers: { 'user-agent': 'tester/1' } });
  await one.said(
    /info {2}GET \/v2\/ 401 \d+B \d[\d.]*ms - 127\.0\.0\.1 agent=tester\/1 id=\S+ error=UNAUTHORIZED/,
  );
  await pushImage(url, 'admin/app', '1', admin);
  await one.said(
    /info {2}GET \/auth 200 \S+ms admin 127\.0\.0\.1 .*scopes="repository:admin\/app:pull,push -> pull,push \(rule 1\)"/,
  );
  await one.said(/info {2}PUT \/v2\/admin\/app\/manifests\/1 201 \S+ <\d+B \S+ms admin 127\.0\.0\.1/);
  await ask(`${url}/nothing`);
  await one.said(/info {2}GET \/nothing 404 /);
  await ask(`${url}/auth/jwks.json`);
  await one.said(/info {2}GET \/auth\/jwks\.json 200 /);
});

test('in JSON each request is an object with the same facts', async () => {
  const one = await serve(['--log-format', 'json'], { env });
  await one.said(/"message":"listening"/);
  const { url } = JSON.parse((await one.said(/^.*"listening".*$/m))[0]);
  await ask(`${url}/v2/admin/app/manifests/none`, { user: admin, headers: { 'user-agent': 'tester/1' } });
  const line = JSON.parse((await one.said(/^.*manifests\/none.*$/m))[0]);
  expect(line).toMatchObject({
    level: 'info',
    message: 'request',
    method: 'GET',
    path: '/v2/admin/app/manifests/none',
    status: 404,
    account: 'admin',
    address: '127.0.0.1',
    userAgent: 'tester/1',
    errorCode: 'MANIFEST_UNKNOWN',
    durationMs: expect.any(Number),
    requestId: expect.any(String),
  });
});

test.each(['text', 'json'])('no secret reaches the %s log, whatever the level', async (format) => {
  const one = await serve(['--log-format', format, '--log-level', 'debug'], { env });
  const url = (await one.said(/http:\/\/127\.0\.0\.1:\d+/))[0];
  await one.said(/listening/);
  const login = await ask(`${url}/auth?service=berth&offline_token=true`, { user: admin });
  const { token: jwt, refresh_token: refreshToken } = JSON.parse(login.text);
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  const grant = 'service=berth&client_id=t';
  const wrong = 'wrong-but-private';
  const { status: passwordStatus } = await ask(`${url}/auth`, {
    ...form,
    body: `grant_type=password&${grant}&username=admin&password=${password}`,
  });
  const { status: refreshStatus } = await ask(`${url}/auth`, {
    ...form,
    body: `grant_type=refresh_token&${grant}&refresh_token=${refreshToken}`,
  });
  expect([passwordStatus, refreshStatus]).toEqual([200, 200]);
  await ask(`${url}/auth?service=berth&password=${password}&x=${wrong}`, { user: `admin:${wrong}` });
  await ask(`${url}/auth?scope=${wrong}x&service=berth`, {
    ...form,
    body: `grant_type=password&password=${wrong}`,
  });
  await ask(`${url}/v2/?token=${jwt}&password=${wrong}`, { user: admin });
  await ask(`${url}/v2/`, { user: `admin:${wrong}` });
  await ask(`${url}/v2/`, { headers: bearer(jwt) });
  await ask(`${url}/v2/`, { headers: bearer(`${jwt.slice(0, -4)}AAAA`) });
  await ask(`${url}/v2/`, { headers: { authorization: `Nonsense ${wrong}` } });
  await ask(`${url}/nothing?password=${wrong}`, { headers: { cookie: wrong, authorization: wrong } });
  await raw(
    url,
    `GET /v2/ HTTP/1.1\r\nAuthorization: Bearer ${jwt}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  await pushImage(url, 'admin/app', '1', admin);
  const { stdout, stderr } = await one.stop();
  const signature = jwt.split('.')[2];
  const [, refreshSignature] = refreshToken.split('.');
  const basic = Buffer.from(admin).toString('base64');
  for (const secret of [password, wrong, jwt, signature, refreshToken, refreshSignature, basic]) {
    expect((stdout + stderr).includes(secret)).toBe(false);
  }
});

test('a path or a user agent cannot forge a line', async () => {
  const one = await serve([], { env });
  const url = await one.url();
  const forged = 'x%0A2026-01-01T00:00:00.000Z info  GET /forged';
  await raw(
    url,
    `GET /${forged.replaceAll(' ', '\u009b')} HTTP/1.1\r\nHost: x\r\nUser-Agent: a\u009b31m\tb\r\nConnection: close\r\n\r\n`,
  );
  await ask(`${url}/end`);
  await one.said(/GET \/end /);
  expect(one.stdout.split('\n').filter((line) => line.includes('/forged'))).toHaveLength(0);
  expect(one.stdout).not.toMatch(/(?!\n)\p{Cc}/u);
});

test('--log-level error leaves the requests out', async () => {
  const one = await serve(['--log-level', 'debug'], { env });
  const url = await one.url();
  await token(url, admin, '');
  await one.said(/GET \/auth 200/);
  const quiet = await serve(['--log-level', 'error'], { env });
  await quiet.said(/docker login/);
  expect((await quiet.stop()).stdout).not.toContain('info');
});

test('a reader of the log that goes away stops nothing', async () => {
  const one = await serve([], { env });
  const url = await one.url();
  one.child.stdout?.destroy();
  for (let n = 0; n < 20; n += 1) expect((await ask(`${url}/v2/`)).status).toBe(401);
  expect((await one.stop()).code).toBe(0);
});
