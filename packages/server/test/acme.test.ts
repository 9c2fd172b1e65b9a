// `letsencrypt`: what is told of its settings, and a start without the authority. With one: e2e (Pebble).

import { generateKeyPairSync } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAuthFile } from '../src/config/auth-file.ts';
import { parseRegistryFile } from '../src/config/registry-file.ts';
import { berth, cleanUp, folder } from './berth.ts';

afterEach(cleanUp);

const registryText = (letsencrypt: string, more = '') =>
  `version: 0.1\nstorage: {inmemory: }\nhttp: {tls: {${more}letsencrypt: {${letsencrypt}}}}\n`;
const authText = (letsencrypt: string, more = '') =>
  `server: {addr: ":5001", ${more}letsencrypt: {${letsencrypt}}}\ntoken: {issuer: i, expiration: 9}\nusers: {}\nacl: []\n`;

test('both files say the same in their own words', () => {
  const registry = parseRegistryFile(
    'c.yml',
    registryText('cachefile: /c, hosts: [A.example.com], email: ""'),
    {},
  );
  expect(registry.acme).toEqual({
    hosts: ['a.example.com'],
    email: undefined,
    directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
    cacheFolder: '/c',
    httpAddress: { kind: 'tcp', host: undefined, port: 80 },
    isSetBy: 'http.tls.letsencrypt in c.yml',
  });
  const auth = parseAuthFile('a.yml', authText('cache_dir: /c, host: a.example.com, email: x@example.com'));
  expect(auth.server.acme).toEqual({
    ...registry.acme,
    email: 'x@example.com',
    isSetBy: 'server.letsencrypt in a.yml',
  });
});

test.each([
  [registryText('hosts: [a.example.com]'), 'needs cachefile'],
  [registryText('cachefile: /c'), 'needs hosts'],
  [
    registryText('cachefile: /c, hosts: [a.example.com]', 'certificate: c, key: k, '),
    'cannot be there beside',
  ],
  [registryText('cachefile: /c, hosts: ["*.example.com"]'), 'must be the name of a host'],
  [registryText('cachefile: /c, hosts: [192.0.2.1]'), 'must be the name of a host'],
  [registryText('cachefile: /c, hosts: [localhost]'), 'must be the name of a host'],
  [registryText('cachefile: /c, hosts: [a.example.com], directoryurl: x'), 'must be a URL'],
  [registryText('cachefile: /c, hosts: [a.example.com], httpaddr: x'), 'must be HOST:PORT'],
])('%s: %s', (text, problem) => {
  expect(() => parseRegistryFile('c.yml', text, {})).toThrow(problem);
});

test.each([
  [authText('host: a.example.com'), 'needs cache_dir'],
  [authText('cache_dir: /c'), 'needs host in it'],
  [authText('cache_dir: /c, host: a.example.com', 'certificate: c, key: k, '), 'cannot be there beside'],
])('%s: %s', (text, problem) => {
  expect(() => parseAuthFile('a.yml', text)).toThrow(problem);
});

test('a check of the file takes it, tells of a realm without TLS, and makes no folder', async () => {
  const directory = await folder();
  const file = join(directory, 'config.yml');
  const jwks = join(directory, 'jwks.json');
  await writeFile(
    jwks,
    JSON.stringify({ keys: [generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })] }),
  );
  const token = `{realm: "http://auth.example.com/auth", service: s, issuer: i, jwks: ${jwks}}`;
  const text = registryText(`cachefile: ${directory}/cache, hosts: [a.example.com]`);
  await writeFile(file, `${text}auth: {token: ${token}}\n`);
  const { code, stdout, stderr } = await berth(['config', 'check', file]).ended;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/no mistakes\n {2}.*auth\.token\.realm is HTTP, and the registry HTTPS/);
  expect((await readdir(directory)).toSorted()).toEqual(['config.yml', 'jwks.json']);
});

test('an authority that is away neither stops the start nor ends the server; the log says what is waited for', async () => {
  const directory = await folder();
  const file = join(directory, 'config.yml');
  const letsencrypt = `cachefile: ${directory}/cache, hosts: [a.example.com], directoryurl: "http://127.0.0.1:1/", httpaddr: "127.0.0.1:0"`;
  await writeFile(file, `${registryText(letsencrypt).replace('http: {', 'http: {addr: "127.0.0.1:0", ')}`);
  const one = berth(['registry', file]);
  await one.url();
  expect(one.stdout).toMatch(
    /warn {2}there is no certificate for a\.example\.com yet: one is asked of http:\/\/127\.0\.0\.1:1\//,
  );
  const { code } = await one.stop();
  expect(code).toBe(0);
});
