import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeKeyPair } from '../../test/certificates.ts';
import { backOffMs, renewalAtMs } from './acme-keeper.ts';

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
