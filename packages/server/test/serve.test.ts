// `berth serve`: registry, token endpoint and rules on one port, as clients see them.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { cleanUp, folder, serve } from './berth.ts';
import { ask, bearer, digestOf, open, pullManifest, pushImage, readAll, token } from './client.ts';

afterEach(cleanUp);

const env = { BERTH_ADMIN_PASSWORD: 'secret' };
const admin = 'admin:secret';

/** An auth configuration with alice (namespace and pull), a label, and anonymous pull of public/. */
async function authConfig(more = ''): Promise<string> {
  const file = join(await folder(), 'docker_auth.yml');
  const text = `
server: {addr: ":5001"${more}}
token: {issuer: Acme, expiration: 900}
users:
  admin: {password: "${bcrypt.hashSync('secret', 4)}"}
  alice: {password: "${bcrypt.hashSync('wonder', 4)}"}
  "": {}
acl:
  - {match: {account: admin}, actions: ["*"]}
  - {match: {account: "/.+/", name: "\${account}/*"}, actions: ["*"]}
  - {match: {account: "/.+/", name: "shared/*"}, actions: [pull]}
  - {match: {name: "public/*"}, actions: [pull]}
  - {match: {ip: 192.0.2.1, name: "near/*"}, actions: [pull]}
`;
  await writeFile(file, text);
  return file;
}

test('an image is pushed and pulled, with a token and with the password itself', async () => {
  const data = join(await folder(), 'data');
  const url = await (await serve(['--data', data], { env })).url();
  const pushed = await pushImage(url, 'admin/app', '1', admin);
  expect(pushed.status).toBe(201);
  const pulled = await pullManifest(url, 'admin/app', '1', admin);
  expect(pulled.status).toBe(200);
  expect(digestOf(pulled.text)).toBe(pushed.headers['docker-content-digest']);
  const direct = await ask(`${url}/v2/admin/app/manifests/1`, { user: admin });
  expect(direct.text).toBe(pulled.text);
  expect(
    existsSync(join(data, 'docker/registry/v2/repositories/admin/app/_manifests/tags/1/current/link')),
  ).toBe(true);
});

test('a docker_auth configuration says who may push and who may pull', async () => {
  const url = await (await serve(['--auth-config', await authConfig()])).url();
  expect((await pushImage(url, 'alice/app', '1', 'alice:wonder')).status).toBe(201);
  expect((await pushImage(url, 'shared/app', '1', 'alice:wonder')).status).toBe(401);
  expect((await pushImage(url, 'shared/app', '1', admin)).status).toBe(201);
  expect((await pullManifest(url, 'shared/app', '1', 'alice:wonder')).status).toBe(200);
  expect((await pushImage(url, 'public/app', '1', admin)).status).toBe(201);
  const anonymous = JSON.parse(
    (await ask(`${url}/auth?service=berth&scope=repository:public/app:pull`)).text,
  ).token;
  expect((await ask(`${url}/v2/public/app/manifests/1`, { headers: bearer(anonymous) })).status).toBe(200);
});

test('the catalog shows everyone what they may pull', async () => {
  const url = await (await serve(['--auth-config', await authConfig()])).url();
  for (const repository of ['alice/app', 'bob/app', 'shared/app'])
    await pushImage(url, repository, '1', admin);
  const catalog = async (headers: Record<string, string>) =>
    JSON.parse((await ask(`${url}/v2/_catalog`, { headers })).text).repositories;
  expect(await catalog(bearer(await token(url, admin, 'registry:catalog:*')))).toEqual([
    'alice/app',
    'bob/app',
    'shared/app',
  ]);
  expect(await catalog(bearer(await token(url, 'alice:wonder', 'registry:catalog:*')))).toEqual([
    'alice/app',
    'shared/app',
  ]);
});

describe('the realm', () => {
  async function realm(url: string, headers: Record<string, string>): Promise<string | undefined> {
    const challenge = (await ask(`${url}/v2/`, { headers })).headers['www-authenticate'];
    return /realm="([^"]*)"/.exec(challenge ?? '')?.[1];
  }

  test('is on the host and port of the request, and behind a proxy on those of the client', async () => {
    const url = await (await serve([], { env })).url();
    const { host } = new URL(url);
    expect(await realm(url, {})).toBe(`${url}/auth`);
    expect(await realm(url, { host: '192.168.1.7:5000' })).toBe('http://192.168.1.7:5000/auth');
    expect(await realm(url, { host: 'a"b' })).toBe(`http://${host}/auth`);
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'reg.example.com' };
    expect(await realm(url, forwarded)).toBe('https://reg.example.com/auth');
    expect(await realm(url, { forwarded: 'proto=https;host="reg.example.com:8443"' })).toBe(
      'https://reg.example.com:8443/auth',
    );
  });

  test('follows only the proxies that --trusted-proxy names', async () => {
    const url = await (
      await serve(['--trusted-proxy', '10.0.0.0/8', '--trusted-proxy', 'fd00::/8'], { env })
    ).url();
    expect(await realm(url, { 'x-forwarded-host': 'reg.example.com' })).toBe(`${url}/auth`);
  });

  test('has the prefix of the configuration, and tokens are given there', async () => {
    const file = await authConfig(', path_prefix: /docker');
    const url = await (await serve(['--auth-config', file])).url();
    expect(await realm(url, {})).toBe(`${url}/docker/auth`);
    expect((await ask(`${url}/docker/auth?service=berth`, { user: admin })).status).toBe(200);
    expect((await ask(`${url}/auth?service=berth`, { user: admin })).status).toBe(404);
  });
});

test("rules for an address see the client's, not the proxy's", async () => {
  const file = await authConfig();
  const url = await (await serve(['--auth-config', file])).url();
  const actions = async (headers: Record<string, string>) => {
    const { text } = await ask(`${url}/auth?service=berth&scope=repository:near/app:pull`, { headers });
    const claims = JSON.parse(Buffer.from(JSON.parse(text).token.split('.')[1], 'base64url').toString());
    return claims.access[0].actions;
  };
  expect(await actions({})).toEqual([]);
  expect(await actions({ 'x-forwarded-for': '192.0.2.1' })).toEqual(['pull']);
  expect(await actions({ 'x-forwarded-for': '192.0.2.1, 198.51.100.1' })).toEqual([]);
  expect(await actions({ forwarded: 'for=192.0.2.1' })).toEqual(['pull']);
});

test('server.real_ip_header of the configuration is where the address is', async () => {
  const file = await authConfig(', real_ip_header: X-Real-IP, real_ip_pos: -1');
  const one = await serve(['--auth-config', file]);
  const url = await one.url();
  expect((await ask(`${url}/auth?service=berth`)).status).toBe(400);
  await ask(`${url}/auth?service=berth`, { headers: { 'x-real-ip': '198.51.100.7, 192.0.2.1' } });
  await one.said(/GET \/auth 200 \S+ \S+ 192\.0\.2\.1\s/);
  await ask(`${url}/v2/`, { headers: { 'x-real-ip': '198.51.100.7, 192.0.2.9' } });
  await one.said(/GET \/v2\/ 401 .* 192\.0\.2\.9\s/);
});

test('--service names what tokens are for', async () => {
  const url = await (await serve(['--service', 'Docker registry'], { env })).url();
  expect((await ask(`${url}/v2/`)).headers['www-authenticate']).toContain('service="Docker registry"');
  const other = bearer(await token(url, admin, ''));
  expect((await ask(`${url}/v2/`, { headers: other })).status).toBe(401);
});

test('--sparse-indexes takes an index whose manifests are not there', async () => {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const missing = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf('x'), size: 1 };
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [missing] });
  const put = { method: 'PUT', user: admin, body, headers: { 'content-type': mediaType } };
  const strict = await (await serve([], { env })).url();
  expect((await ask(`${strict}/v2/admin/app/manifests/1`, put)).status).toBe(400);
  const sparse = await (await serve(['--sparse-indexes'], { env })).url();
  expect((await ask(`${sparse}/v2/admin/app/manifests/1`, put)).status).toBe(201);
});

test('--durability relaxed takes pushes, and says at the start what may be lost', async () => {
  const relaxed = await serve(['--durability', 'relaxed'], { env });
  expect((await pushImage(await relaxed.url(), 'admin/app', '1', admin)).status).toBe(201);
  const warning = /--durability relaxed: what was pushed.* may be lost, or damaged, when the power fails/;
  expect((await relaxed.stop()).stdout).toMatch(warning);
  const durable = await serve(['--durability', 'durable'], { env });
  await durable.url();
  expect((await durable.stop()).stdout).not.toMatch(/relaxed/);
});

(process.platform === 'linux' ? test : test.skip)(
  'syncs of four pushes hold up nobody: the disk has more threads',
  async () => {
    const threadsWith = async (variables: Record<string, string>) => {
      const one = await serve([], { env: { ...env, ...variables } });
      await one.url();
      const folder = `/proc/${one.child.pid}/task`;
      const names = await Promise.all(
        (await readdir(folder)).map((id) => readFile(`${folder}/${id}/comm`, 'utf8').catch(() => '')),
      );
      return names.filter((name) => name.startsWith('libuv-worker')).length;
    };
    expect(await threadsWith({ UV_THREADPOOL_SIZE: '' })).toBe(16);
    expect(await threadsWith({ UV_THREADPOOL_SIZE: '5' })).toBe(5);
  },
);

describe('Expect: 100-continue', () => {
  const head = (line: string, more: string) =>
    `${line} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n${more}\r\n`;

  test('a stranger gets the 401 before anything of the layer is sent', async () => {
    const url = await (await serve([], { env })).url();
    const socket = await open(url);
    socket.write(head('POST /v2/admin/app/blobs/uploads/?digest=sha256:x', 'Content-Length: 1073741824\r\n'));
    const answer = await readAll(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('the token endpoint asks for its form', async () => {
    const url = await (await serve([], { env })).url();
    const form = 'grant_type=password&service=berth&client_id=t&username=admin&password=secret';
    const socket = await open(url);
    const type = 'Content-Type: application/x-www-form-urlencoded\r\n';
    socket.write(head('POST /auth', `${type}Content-Length: ${form.length}\r\n`));
    socket.once('data', () => socket.write(form));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });
});

test('what is neither the registry nor the token endpoint gets a short answer', async () => {
  const url = await (await serve([], { env })).url();
  expect(await ask(`${url}/`)).toMatchObject({ status: 200, text: expect.stringContaining('docker login') });
  const missing = await ask(`${url}/nothing/here`);
  expect(missing.status).toBe(404);
  expect(JSON.parse(missing.text).errors).toHaveLength(1);
  expect((await ask(`${url}/v2x`)).status).toBe(404);
  expect(JSON.stringify((await ask(`${url}/`)).headers)).not.toMatch(/powered|express/i);
});

test('a request target in absolute form is taken as well', async () => {
  const url = await (await serve([], { env })).url();
  const socket = await open(url);
  socket.write(
    'GET http://reg.example.com/v2/ HTTP/1.1\r\nHost: reg.example.com\r\nConnection: close\r\n\r\n',
  );
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 401 [\s\S]*realm="http:\/\/reg\.example\.com\/auth"/);
});

test('uploads that nobody finished for a week are gone after a start, younger ones stay', async () => {
  const data = join(await folder(), 'data');
  const uploads = join(data, 'docker/registry/v2/repositories/admin/app/_uploads');
  const started = {
    '7f1ad35c-7b5a-4c52-8e2a-0f6e9a1b2c3d': 8 * 24,
    '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed': 1,
  };
  for (const [id, ageHours] of Object.entries(started)) {
    await mkdir(join(uploads, id), { recursive: true });
    await writeFile(
      join(uploads, id, 'startedat'),
      new Date(Date.now() - ageHours * 3_600_000).toISOString(),
    );
    await writeFile(join(uploads, id, 'data'), 'x');
  }
  const one = await serve(['--data', data, '--log-level', 'debug'], { env });
  await one.said(/purge of unfinished uploads/);
  expect(Object.keys(started).map((id) => existsSync(join(uploads, id)))).toEqual([false, true]);
});
