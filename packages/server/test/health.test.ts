// distribution's health checks and its debug server, in a process.

import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Check, startChecks } from '../src/health/checks.ts';
import { checksOf, type HealthOptions } from '../src/health/probes.ts';
import { berth, cleanUp, folder } from './berth.ts';
import { ask } from './client.ts';

afterEach(cleanUp);

const timing = { intervalMs: 60_000, threshold: 1 };
const nothing: HealthOptions = { storage: undefined, files: [], urls: [], ports: [] };

/** What the only check of `options` finds wrong; undefined where all is well. */
async function finding(options: Partial<HealthOptions>, root?: string): Promise<unknown> {
  const [check, ...more] = checksOf({ ...nothing, ...options }, root);
  expect(more).toEqual([]);
  return check?.probe().then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

test('a check counts after as many failures in a row as its threshold says, and no longer once it succeeds', async () => {
  const outcomes = [false, false, true, false, false, false, true];
  const seen: boolean[] = [];
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const check: Check = {
    name: 'x',
    intervalMs: 1,
    threshold: 3,
    probe: async () => {
      seen.push(health.isHealthy());
      const isGood = outcomes.shift();
      if (isGood === undefined) end();
      else if (!isGood) throw new Error('broken');
    },
  };
  // The first probe runs while the checks are being made.
  let health: ReturnType<typeof startChecks> = { ...startChecks([]), isHealthy: () => true };
  health = startChecks([check]);
  await over;
  await health.stop();
  expect(seen.slice(0, 8)).toEqual([true, true, true, true, true, true, false, true]);
});

test('the storage is well while its folder is there and writable', async () => {
  const directory = await folder();
  expect(await finding({ storage: timing }, directory)).toBeUndefined();
  expect(await finding({ storage: timing }, join(directory, 'gone'))).toMatch(
    /gone: no such file or directory/,
  );
  expect(checksOf({ ...nothing, storage: timing }, undefined)).toEqual([]);
});

test('a URL is well that answers HEAD with its status, a port that takes a connection', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.headers['x-key'] === 'a, b' && request.method === 'HEAD' ? 204 : 500;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = { uri: `http://127.0.0.1:${port}/`, headers: { 'X-Key': 'a, b' }, timeoutMs: 5000, ...timing };
  expect(await finding({ urls: [{ ...url, statusCode: 204 }] })).toBeUndefined();
  expect(await finding({ urls: [{ ...url, statusCode: 200 }] })).toMatch(/answered 204, not 200/);
  const at = { host: '127.0.0.1', port, timeoutMs: 5000, ...timing };
  expect(await finding({ ports: [at] })).toBeUndefined();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  expect(await finding({ urls: [{ ...url, statusCode: 204 }] })).toMatch(/no answer/);
  expect(await finding({ ports: [at] })).toMatch(/no connection: .*ECONNREFUSED/);
});

test('a file takes the registry out of rotation: 503 to all, and /debug/health names it', async () => {
  const directory = await folder();
  const [file, down] = [join(directory, 'config.yml'), join(directory, 'down')];
  await writeFile(
    file,
    `version: 0.1
storage: {filesystem: {rootdirectory: ${join(directory, 'data')}}}
http: {addr: "127.0.0.1:0", debug: {addr: "127.0.0.1:0"}}
health: {storagedriver: {enabled: true}, file: [{file: ${down}, interval: 100ms}]}
berth: {workers: 1}
`,
  );
  const one = berth(['registry', file]);
  const url = await one.url();
  const debug = (await one.said(/debug server is at (\S+)\n/))[1] ?? '';
  const until = async (status: number) => {
    for (;;) {
      const answer = await ask(`${debug}/debug/health`);
      if (answer.status === status) return JSON.parse(answer.text);
    }
  };
  expect(await until(200)).toEqual({});
  expect((await ask(`${url}/v2/`)).status).toBe(200);
  await writeFile(down, '');
  expect(await until(503)).toEqual({ [down]: 'file exists' });
  const refused = await ask(`${url}/v2/`);
  expect([refused.status, JSON.parse(refused.text).errors[0].code]).toEqual([503, 'UNAVAILABLE']);
  await rm(down);
  await until(200);
  expect((await ask(`${url}/v2/`)).status).toBe(200);
  expect((await ask(`${debug}/v2/`)).status).toBe(404);
  expect((await one.stop()).code).toBe(0);
});

test('a debug address that is taken stops the start with one line', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const file = join(await folder(), 'config.yml');
  await writeFile(
    file,
    `version: 0.1\nstorage: inmemory\nhttp: {addr: "127.0.0.1:0", debug: {addr: "127.0.0.1:${port}"}}\n`,
  );
  const { code, stderr } = await berth(['registry', file]).ended;
  server.close();
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/cannot listen on 127\.0\.0\.1:\d+: it is in use.*http\.debug\.addr/),
  ]);
});
