// `createBerth`: a registry inside another program, here inside the test.

import { readFile } from 'node:fs/promises';
import type { Berth, BerthOptions } from '../src/embedded/berth.ts';
import { createBerth } from '../src/embedded/create-berth.ts';
import { cleanUp, folder } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import { ask, pullManifest, pushImage } from './client.ts';

const running: Berth[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await cleanUp();
});

async function start(options?: BerthOptions): Promise<Berth> {
  const one = await createBerth(options);
  running.push(one);
  return one;
}

function userOf({ account }: Berth): string {
  return `${account?.name}:${account?.password}`;
}

test('without options: in memory, on a free port of loopback, for an administrator with a password of its own', async () => {
  const [one, two] = [await start(), await start()];
  expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(one.url).toBe(`http://${one.host}`);
  expect((await pushImage(one.url, 'any/app', '1', userOf(one))).status).toBe(201);
  expect((await pullManifest(one.url, 'any/app', '1', userOf(one))).status).toBe(200);
  expect((await pullManifest(two.url, 'any/app', '1', userOf(two))).status).toBe(404);
  expect((await ask(`${one.url}/v2/`)).status).toBe(401);
  expect((await ask(`${one.url}/auth?service=berth`, { user: userOf(two) })).status).toBe(401);
});

test('closed, it is gone, with the connections that it had', async () => {
  let url: string;
  {
    await using one = await createBerth();
    ({ url } = one);
    expect((await ask(`${url}/v2/`)).status).toBe(401);
  }
  await expect(ask(`${url}/v2/`)).rejects.toThrow('ECONNREFUSED');
});

test('what is pushed into a folder is there for the next one', async () => {
  const dataDirectory = await folder();
  const one = await start({ dataDirectory });
  expect((await pushImage(one.url, 'any/app', '1', userOf(one))).status).toBe(201);
  await one.close();
  const two = await start({ dataDirectory });
  expect((await pullManifest(two.url, 'any/app', '1', userOf(two))).status).toBe(200);
});

test('open, everybody may do everything', async () => {
  const one = await start({ access: 'open' });
  expect(one.account).toBeUndefined();
  expect((await ask(`${one.url}/v2/`)).status).toBe(200);
  expect((await ask(`${one.url}/v2/a/blobs/uploads/`, { method: 'POST' })).status).toBe(202);
});

test('accounts and rules are those that are given', async () => {
  const one = await start({
    access: {
      accounts: { '': null, alice: 'correct horse', bob: 'battery staple' },
      acl: [
        { match: { account: 'alice' }, actions: ['*'] },
        { match: { account: '', name: 'public/*' }, actions: ['pull'] },
      ],
    },
  });
  expect(one.account).toEqual({ name: 'alice', password: 'correct horse' });
  expect((await pushImage(one.url, 'public/app', '1', userOf(one))).status).toBe(201);
  expect((await pushImage(one.url, 'public/app', '1', 'bob:battery staple')).status).toBe(401);
  const { text } = await ask(`${one.url}/auth?service=berth&scope=repository:public/app:pull`);
  const headers = { authorization: `Bearer ${JSON.parse(text).token}` };
  expect((await ask(`${one.url}/v2/public/app/manifests/1`, { headers })).status).toBe(200);
});

test('with a certificate it is HTTPS', async () => {
  const pair = await writeKeyPair(await folder(), 'tls');
  const one = await start({ tls: { certificateFile: pair.certificate, keyFile: pair.key } });
  expect(one.url).toMatch(/^https:/);
  const ca = await readFile(pair.certificate, 'utf8');
  expect((await ask(`${one.url}/v2/`, { ca })).status).toBe(401);
});

test('the log comes as whole lines', async () => {
  const lines: string[] = [];
  const one = await start({ access: 'open', onLog: (some) => void lines.push(some) });
  await ask(`${one.url}/v2/a/tags/list`);
  await one.close();
  expect(lines.join('')).toMatch(/^\S+ info {2}.*GET \/v2\/a\/tags\/list .*404.*\n$/);
});

test.each<[string, BerthOptions, string]>([
  ['a folder that is a file', { dataDirectory: process.execPath }, process.execPath],
  ['an address that is not here', { host: '192.0.2.1' }, 'choose another address with host and port'],
  ['a certificate that is not there', { tls: { certificateFile: '/none', keyFile: '/none' } }, '/none'],
  [
    'a rule that nobody understands',
    { access: { accounts: {}, acl: [{ match: { name: '/(/' }, actions: ['*'] }] } },
    'acl[0].match.name',
  ],
  [
    'a password that is too long',
    { access: { accounts: { a: 'x'.repeat(73) } } },
    'the password of "a" is longer',
  ],
])('%s: an error that says what', async (_, options, words) => {
  await expect(start(options)).rejects.toThrow(words);
});
