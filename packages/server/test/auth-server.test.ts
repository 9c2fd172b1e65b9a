// `berth auth FILE`: the token server alone.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { berth, cleanUp, folder } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import { answerOf, ask } from './client.ts';

afterEach(cleanUp);

/** A configuration whose tokens are signed with the pair beside it. */
async function writeConfig(server: string, more = ''): Promise<{ file: string; certificate: string }> {
  const directory = await folder();
  const { certificate, key } = await writeKeyPair(directory);
  const file = join(directory, 'auth.yml');
  const users = `{admin: {password: "${bcrypt.hashSync('secret', 4)}"}, open: {}}`;
  const token = `{issuer: Acme, expiration: 900, certificate: ${certificate}, key: ${key}${more}}`;
  await writeFile(
    file,
    `server: {${server}}\ntoken: ${token}\nusers: ${users}\nacl: [{match: {account: admin}, actions: ["*"]}]\n`,
  );
  return { file, certificate };
}

test('tokens are given at server.addr, signed by the certificate of the configuration', async () => {
  const { file, certificate } = await writeConfig('addr: "127.0.0.1:0"');
  const url = await berth(['auth', file]).url();
  const answer = await ask(`${url}/auth?service=reg&scope=repository:a/b:pull`, { user: 'admin:secret' });
  const { publicKey } = new X509Certificate(await readFile(certificate));
  const { payload } = await compactVerify(JSON.parse(answer.text).token, publicKey);
  expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
    iss: 'Acme',
    sub: 'admin',
    aud: 'reg',
    access: [{ type: 'repository', name: 'a/b', actions: ['pull'] }],
  });
  expect((await ask(`${url}/auth?service=reg`, { user: 'admin:wrong' })).status).toBe(401);
});

test('a token brings its certificate along, unless disable_legacy_key_id says that the thumbprint names its key', async () => {
  const headerWith = async (more: string) => {
    const { file } = await writeConfig('addr: "127.0.0.1:0"', more);
    const url = await berth(['auth', file]).url();
    const answer = await ask(`${url}/auth?service=reg`, { user: 'admin:secret' });
    return decodeProtectedHeader(JSON.parse(answer.text).token);
  };
  expect(await headerWith('')).toMatchObject({
    kid: expect.stringMatching(/^(?:[A-Z2-7]{4}:){11}[A-Z2-7]{4}$/),
    x5c: [expect.any(String)],
  });
  const named = await headerWith(', disable_legacy_key_id: true');
  expect(named).toEqual({ typ: 'JWT', alg: 'ES256', kid: expect.stringMatching(/^[\w-]{43}$/) });
});

test('there is no registry at it', async () => {
  const { file } = await writeConfig('addr: "127.0.0.1:0"');
  const url = await berth(['auth', file]).url();
  expect((await ask(`${url}/v2/`)).status).toBe(404);
  expect((await ask(`${url}/`)).text).toContain('Acme');
});

test('refresh tokens outlive a restart', async () => {
  const { file } = await writeConfig('addr: "127.0.0.1:0"');
  const first = berth(['auth', file]);
  const login = await ask(`${await first.url()}/auth?service=reg&offline_token=true`, {
    user: 'admin:secret',
  });
  await first.stop();
  const refresh = {
    grant_type: 'refresh_token',
    service: 'reg',
    client_id: 't',
    refresh_token: JSON.parse(login.text).refresh_token,
  };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = `${new URLSearchParams(refresh)}`;
  expect(
    (await ask(`${await berth(['auth', file]).url()}/auth`, { method: 'POST', headers, body })).status,
  ).toBe(200);
});

test('server.net: unix listens on a socket, also where a dead process left one', async () => {
  const socketPath = join(await folder(), 'auth.sock');
  const { file } = await writeConfig(`addr: ${socketPath}, net: unix, real_ip_header: X-Real-IP`);
  const first = berth(['auth', file]);
  await first.said(/listening on unix:\S+auth\.sock/);
  await first.stop('SIGKILL');
  await berth(['auth', file]).said(/listening on unix:/);
  const asked = request({
    socketPath,
    path: '/auth?service=reg',
    auth: 'admin:secret',
    headers: { 'x-real-ip': '192.0.2.1' },
  });
  asked.end();
  const [response] = await once(asked, 'response');
  expect((await answerOf(response)).status).toBe(200);
});

test('an account without a password is told of', async () => {
  const { file } = await writeConfig('addr: "127.0.0.1:0"');
  await berth(['auth', file]).said(/warn {2}\S+auth\.yml: the account "open" has no password/);
});

test('SIGTERM ends it with exit code 0', async () => {
  const { file } = await writeConfig('addr: "127.0.0.1:0"');
  const one = berth(['auth', file]);
  await one.url();
  expect(await one.stop()).toMatchObject({ code: 0, stdout: expect.stringMatching(/stopped\n$/) });
});
