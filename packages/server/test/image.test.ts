// `berth image …`: the arguments of a container, taken by the program.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { healthUrl } from '../src/image/health-url.ts';
import { berth, cleanUp, folder } from './berth.ts';
import { writeKeyPair } from './certificates.ts';

afterEach(cleanUp);

async function writeConfiguration(address: string, more: object = {}): Promise<string> {
  const { certificate, key } = await writeKeyPair(await folder());
  const file = join(await folder(), 'auth_config.yml');
  const configuration = {
    server: { addr: address, ...more },
    token: { issuer: 'x', expiration: 900, certificate, key },
    users: { '': {} },
    acl: [{ match: { account: '' }, actions: ['pull'] }],
  };
  await writeFile(file, JSON.stringify(configuration));
  return file;
}

test("docker_auth's arguments start a token server, which is healthy", async () => {
  const file = await writeConfiguration('127.0.0.1:0');
  const url = await berth(['image', '--v=2', '--alsologtostderr', file]).url();
  const answer = await fetch(`${url}/auth?service=x&scope=repository:a/b:pull`);
  expect(answer.status).toBe(200);
  expect((await berth(['image', 'healthcheck', `${url}/auth`]).ended).code).toBe(0);
});

test('serve is what it is elsewhere', async () => {
  const url = await berth(['image', 'serve', '--storage', 'inmemory', '--addr', '127.0.0.1:0']).url();
  expect((await fetch(`${url}/v2/`)).status).toBe(401);
});

async function registryConfiguration(addr: string): Promise<string> {
  const directory = await folder();
  const file = join(directory, 'config.yml');
  const storage = `{filesystem: {rootdirectory: ${directory}/data}}`;
  await writeFile(file, `version: 0.1\nstorage: ${storage}\nhttp: {addr: "${addr}", prefix: /my/}\n`);
  return file;
}

test("distribution's arguments serve its configuration", async () => {
  for (const before of [['serve'], ['registry', 'serve'], []]) {
    const url = await berth(['image', ...before, await registryConfiguration('127.0.0.1:0')]).url();
    expect((await fetch(`${url}/my/v2/`)).status).toBe(200);
  }
});

test('the health of a registry is asked where its configuration says', async () => {
  const url = await healthUrl(['registry', await registryConfiguration('127.0.0.1:81')]);
  expect(url).toBe('http://127.0.0.1:81/my/v2/');
});

test('the health of a server whose certificate an authority gives is asked by HTTPS', async () => {
  const directory = await folder();
  const file = join(directory, 'config.yml');
  const letsencrypt = '{cachefile: /c, hosts: [a.example.com]}';
  await writeFile(
    file,
    `version: 0.1\nstorage: inmemory\nhttp: {addr: ":443", tls: {letsencrypt: ${letsencrypt}}}\n`,
  );
  expect(await healthUrl(['registry', file])).toBe('https://localhost:443/v2/');
});

test('the health of a token server is asked where its configuration says', async () => {
  expect(await healthUrl(['auth', await writeConfiguration(':5001')])).toBe('http://localhost:5001/auth');
  const prefixed = await writeConfiguration('0.0.0.0:443', { path_prefix: '/docker' });
  expect(await healthUrl(['auth', prefixed])).toBe('http://localhost:443/docker/auth');
});

test.each([
  [['serve'], undefined],
  [['serve', '--addr', ':80'], 'http://localhost:80/v2/'],
  [['serve', '--addr=[::1]:81', '--tls-cert', 'c.pem', '--tls-key', 'k.pem'], 'https://[::1]:81/v2/'],
])('the health of %j is asked at %s', async (args, url) => {
  expect(await healthUrl(args)).toBe(url);
});
