import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeKeyPair } from '../../test/certificates.ts';
import { AcmeKeeper, backOffMs, renewalAtMs } from './acme-keeper.ts';
import { letsEncryptUrl } from './acme-settings.ts';

const dayMs = 86_400_000;

test('a certificate is renewed when a third of its life is left', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-keeper-'));
  const startMs = Date.UTC(2030, 0, 1);
  const life = { notBefore: new Date(startMs), notAfter: new Date(startMs + 90 * dayMs) };
  const { certificate } = await writeKeyPair(directory, 'server', 'localhost', life);
  expect(renewalAtMs(await readFile(certificate, 'utf8'))).toBe(startMs + 60 * dayMs);
  await rm(directory, { recursive: true });
});

test('each failure makes the next try later, up to six hours', () => {
  const minutes = [1, 2, 3, 4, 5, 6, 50].map((failures) => backOffMs(failures) / 60_000);
  expect(minutes).toEqual([1, 4, 16, 64, 256, 360, 360]);
});

test('an authority that refuses is asked again and again, also when hours lie between; then what it gives is in force', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-keeper-'));
  const { certificate, key } = await writeKeyPair(directory);
  const pair = { cert: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
  const tries: number[] = [];
  const time = { nowMs: 0 };
  const { promise: renewed, resolve } = Promise.withResolvers<unknown>();
  const keeper = new AcmeKeeper({
    settings: {
      hosts: ['localhost'],
      email: undefined,
      directoryUrl: letsEncryptUrl,
      cacheFolder: directory,
      httpAddress: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      isSetBy: 'a test',
    },
    pair: undefined,
    listener: { renew: resolve, challenge: () => undefined },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    clock: () => time.nowMs,
    wait: async (durationMs) => {
      time.nowMs += durationMs;
    },
    order: async () => {
      const minute = time.nowMs / 60_000;
      if (tries.at(-1) !== minute) tries.push(minute);
      if (tries.length === 7) return pair;
      throw new Error('rate limited');
    },
  }).start();
  expect(await renewed).toBe(pair);
  keeper.stop();
  expect(tries).toEqual([0, 1, 5, 21, 85, 341, 701]);
  await rm(directory, { recursive: true });
});
