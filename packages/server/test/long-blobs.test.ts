// A long blob from the program as it is started: within the kernel where Node can do that, and without a word of it.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Berth, cleanUp, folder, serve } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import { ask, digestOf } from './client.ts';

afterEach(cleanUp);

const env = { BERTH_ADMIN_PASSWORD: 'secret' };
const user = 'admin:secret';
const text = randomBytes(2 * 1024 * 1024).toString('hex');
const blob = `/v2/admin/app/blobs/${digestOf(text)}`;

async function pushedAndPulled(one: Berth, ca?: string): Promise<string> {
  const url = await one.url();
  const tls = ca === undefined ? {} : { ca };
  const pushed = await ask(`${url}/v2/admin/app/blobs/uploads/?digest=${digestOf(text)}`, {
    method: 'POST',
    user,
    body: text,
    ...tls,
  });
  expect(pushed.status).toBe(201);
  return (await ask(url + blob, { user, ...tls })).text;
}

test.each([
  ['as it comes', ''],
  ['without FFI', '--no-experimental-ffi'],
])('a long blob is pulled from a Node %s, which warns of nothing', async (_, flags) => {
  const one = await serve([], { env: { ...env, NODE_OPTIONS: flags } });
  expect((await pushedAndPulled(one)) === text).toBe(true);
  expect((await one.stop()).stderr).toBe('');
});

test('a long blob is pulled over TLS', async () => {
  const pair = await writeKeyPair(await folder());
  const one = await serve(['--tls-cert', pair.certificate, '--tls-key', pair.key], { env });
  const pulled = await pushedAndPulled(one, await readFile(pair.certificate, 'utf8'));
  expect(pulled === text).toBe(true);
});
