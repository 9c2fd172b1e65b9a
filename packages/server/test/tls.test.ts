// HTTPS: by flags, and by the server section of an auth configuration.

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import bcrypt from 'bcryptjs';
import { type Berth, berth, cleanUp, folder, serve } from './berth.ts';
import { type KeyPairPaths, writeKeyPair } from './certificates.ts';
import { ask } from './client.ts';

afterEach(cleanUp);

const env = { BERTH_ADMIN_PASSWORD: 'secret' };

async function authConfig(pair: KeyPairPaths, more = ''): Promise<string> {
  const file = join(await folder(), 'auth.yml');
  const server = `addr: "127.0.0.1:0", certificate: ${pair.certificate}, key: ${pair.key}${more}`;
  const users = `users: {admin: {password: "${bcrypt.hashSync('secret', 4)}"}}`;
  const acl = 'acl: [{match: {account: admin}, actions: ["*"]}]';
  await writeFile(file, `server: {${server}}\ntoken: {issuer: Acme, expiration: 900}\n${users}\n${acl}\n`);
  return file;
}

async function challenge(one: Berth, ca: string) {
  const { status, headers } = await ask(`${await one.url()}/v2/`, { ca });
  expect(status).toBe(401);
  return headers;
}

test('flags: the registry and its realm are HTTPS', async () => {
  const pair = await writeKeyPair(await folder());
  const ca = await readFile(pair.certificate, 'utf8');
  const one = await serve(['--tls-cert', pair.certificate, '--tls-key', pair.key], { env });
  expect((await challenge(one, ca))['www-authenticate']).toContain(`realm="${await one.url()}/auth"`);
  expect(await one.url()).toMatch(/^https:/);
  expect((await one.stop()).code).toBe(0);
});

test("the configuration's pair serves HTTPS and signs tokens, and flags go before it", async () => {
  const pair = await writeKeyPair(await folder(), 'server');
  const flags = await writeKeyPair(await folder(), 'flags');
  const file = await authConfig(pair, ', hsts: true');
  const one = await serve(['--auth-config', file]);
  const ca = await readFile(pair.certificate, 'utf8');
  expect((await challenge(one, ca))['strict-transport-security']).toMatch(/^max-age=\d+/);
  const login = await ask(`${await one.url()}/auth?service=berth`, { ca, user: 'admin:secret' });
  const { token } = JSON.parse(login.text);
  expect(
    (await ask(`${await one.url()}/v2/`, { ca, headers: { authorization: `Bearer ${token}` } })).status,
  ).toBe(200);
  const other = await serve(['--auth-config', file, '--tls-cert', flags.certificate, '--tls-key', flags.key]);
  await challenge(other, await readFile(flags.certificate, 'utf8'));
});

test('a token of `berth auth` is good at a `berth serve` with the same configuration', async () => {
  const pair = await writeKeyPair(await folder());
  const ca = await readFile(pair.certificate, 'utf8');
  const file = await authConfig(pair);
  const auth = berth(['auth', file]);
  const registry = await serve(['--auth-config', file]);
  const login = await ask(`${await auth.url()}/auth?service=berth`, { ca, user: 'admin:secret' });
  const headers = { authorization: `Bearer ${JSON.parse(login.text).token}` };
  expect((await ask(`${await registry.url()}/v2/`, { ca, headers })).status).toBe(200);
});

test('the shorter key is taken where the client takes both, and no other where it insists', async () => {
  const pair = await writeKeyPair(await folder());
  const { port } = new URL(
    await (await serve(['--tls-cert', pair.certificate, '--tls-key', pair.key])).url(),
  );
  const suiteFor = async (ciphers: string) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false, ciphers });
    await once(socket, 'secureConnect');
    const { standardName } = socket.getCipher();
    socket.destroy();
    return standardName;
  };
  const [short, long] = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'];
  expect(await suiteFor(`${long}:${short}`)).toBe(short);
  expect(await suiteFor(long)).toBe(long);
  expect(await suiteFor('TLS_CHACHA20_POLY1305_SHA256')).toBe('TLS_CHACHA20_POLY1305_SHA256');
});

test('tls_min_version, tls_curve_preferences and tls_cipher_suites are kept to', async () => {
  const pair = await writeKeyPair(await folder());
  const suite = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384';
  const file = await authConfig(
    pair,
    `, tls_min_version: TLS12, tls_curve_preferences: [P384], tls_cipher_suites: [${suite}]`,
  );
  const { port } = new URL(await berth(['auth', file]).url());
  const socket = connect({
    port: Number(port),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
  });
  await once(socket, 'secureConnect');
  expect(socket.getCipher().standardName).toBe(suite);
  expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: 'secp384r1' });
  socket.destroy();
  const old = connect({
    port: Number(port),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
  });
  await expect(once(old, 'secureConnect')).rejects.toThrow();
});
