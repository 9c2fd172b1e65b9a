import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeKeyPair } from '../../test/certificates.ts';
import { StartError } from '../errors.ts';
import type { KeyPair } from '../http/tls.ts';
import { accountKey, cachedPair, keepPair, newKey, prepareCache } from './acme-cache.ts';
import { type AcmeSettings, letsEncryptUrl } from './acme-settings.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-acme-'));
});
afterEach(() => rm(directory, { recursive: true }));

function settings(hosts: AcmeSettings['hosts'] = ['localhost']): AcmeSettings {
  return {
    hosts,
    email: undefined,
    directoryUrl: letsEncryptUrl,
    cacheFolder: join(directory, 'cache'),
    httpAddress: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    isSetBy: 'http.tls.letsencrypt in a test',
  };
}

async function somePair(): Promise<KeyPair> {
  const { certificate, key } = await writeKeyPair(directory);
  return { cert: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
}

/** With a certificate for localhost in it. */
async function filled(): Promise<KeyPair> {
  await prepareCache(settings());
  expect(await cachedPair(settings(), Date.now())).toBeUndefined();
  const pair = await somePair();
  await keepPair(settings(), pair);
  return pair;
}

const trimmed = ({ cert, key }: KeyPair) => ({ cert: cert.trim(), key: key.trim() });

test('what is kept is there again, in one file that nobody else reads', async () => {
  const pair = await filled();
  const found = await cachedPair(settings(), Date.now());
  expect(found && trimmed(found)).toEqual(trimmed(pair));
  const { cacheFolder } = settings();
  expect(await readdir(cacheFolder)).toEqual(['localhost']);
  expect((await stat(join(cacheFolder, 'localhost'))).mode & 0o777).toBe(0o600);
  expect((await stat(cacheFolder)).mode & 0o777).toBe(0o700);
});

test('a certificate that is not for each of the hosts is as if it were not there', async () => {
  await filled();
  expect(await cachedPair(settings(['localhost', 'images.example.com']), Date.now())).toBeUndefined();
});

test('nor is one of use before or after its time', async () => {
  await filled();
  const dayMs = 86_400_000;
  expect(await cachedPair(settings(), Date.now() - dayMs)).toBeUndefined();
  expect(await cachedPair(settings(), Date.now() + dayMs)).toBeUndefined();
});

test("nor with another's key, nor what is no such file", async () => {
  const { cert } = await filled();
  await keepPair(settings(), { cert, key: newKey() });
  expect(await cachedPair(settings(), Date.now())).toBeUndefined();
  await writeFile(join(settings().cacheFolder, 'localhost'), 'something else');
  expect(await cachedPair(settings(), Date.now())).toBeUndefined();
});

test("the account's key is made once, under the name that Go's autocert gives it", async () => {
  await prepareCache(settings());
  const first = await accountKey(settings());
  expect(first).toContain('-----BEGIN EC PRIVATE KEY-----');
  expect(await accountKey(settings())).toBe(first);
  const file = join(settings().cacheFolder, 'acme_account+key');
  expect(await readFile(file, 'utf8')).toBe(first);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a cache that is a file stops the start, with the key that says so', async () => {
  await writeFile(settings().cacheFolder, '');
  for (const use of [() => prepareCache(settings()), () => cachedPair(settings(), Date.now())]) {
    await expect(use()).rejects.toThrow(StartError);
    await expect(use()).rejects.toThrow(/^http\.tls\.letsencrypt in a test: the cache .* can't be used/);
  }
});

test('a look into a cache that is not there makes none', async () => {
  expect(await cachedPair(settings(), Date.now())).toBeUndefined();
  expect(await readdir(directory)).toEqual([]);
});
