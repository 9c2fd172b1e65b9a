import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeKeyPair } from '../../test/certificates.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { type KeyPair, readKeyPair } from './tls.ts';

const dayMs = 86_400_000;
const startMs = Date.UTC(2030, 0, 1);
const until = (days: number) => ({
  notBefore: new Date(startMs),
  notAfter: new Date(startMs + days * dayMs),
});

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-watch-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function watch(days: number) {
  const { certificate, key } = await writeKeyPair(directory, 'server', 'first', until(days));
  const files = { certificateFile: certificate, keyFile: key };
  const lines: string[] = [];
  const inForce: KeyPair[] = [];
  const time = { nowMs: startMs };
  const add = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const log = { info: add('info'), warn: add('warn'), error: add('error') };
  const pair = await readKeyPair(files);
  const watched = new CertificateWatch({
    files,
    pair,
    renew: (renewed) => void inForce.push(renewed),
    log,
    clock: () => time.nowMs,
  });
  const lookAt = async (day: number) => {
    time.nowMs = startMs + day * dayMs;
    await watched.look();
    return lines.splice(0);
  };
  return { lookAt, inForce, certificate };
}

test('the end of a certificate is told from two weeks before, once a day, and when it has come', async () => {
  const { lookAt } = await watch(90);
  expect(await lookAt(75)).toEqual([]);
  expect(await lookAt(76.5)).toEqual([expect.stringMatching(/^warn .* expires on 2030-04-01, in 13 days/)]);
  expect(await lookAt(76.6)).toEqual([]);
  expect(await lookAt(77.5)).toEqual([expect.stringContaining('in 12 days')]);
  expect(await lookAt(90.1)).toEqual([expect.stringMatching(/^warn .* expired on 2030-04-01/)]);
  expect(await lookAt(95)).toEqual([]);
});

test('what is wrong is told at the second look, once; a time of its own that comes puts it in force', async () => {
  const { lookAt, inForce } = await watch(90);
  await writeKeyPair(directory, 'server', 'later', {
    ...until(90),
    notBefore: new Date(startMs + 2 * dayMs),
  });
  expect(await lookAt(0)).toEqual([]);
  const [line, ...more] = [...(await lookAt(0)), ...(await lookAt(0))];
  expect(line).toMatch(/^error .*is not valid before 2030-01-03.*; the pair of before stays in force/);
  expect(more).toEqual([]);
  expect(inForce).toEqual([]);
  expect(await lookAt(3)).toEqual([expect.stringMatching(/^info .*a new one is in force/)]);
  expect(inForce).toHaveLength(1);
});

test('a change is seen whatever the time of the file', async () => {
  const { lookAt, inForce, certificate } = await watch(90);
  await utimes(certificate, 1, 1);
  await lookAt(0);
  await writeKeyPair(directory, 'server', 'other', until(80));
  await utimes(certificate, 1, 1);
  await lookAt(0);
  expect(inForce).toHaveLength(1);
});
