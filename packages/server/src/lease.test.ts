import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { underLease } from './lease.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-lease-'));
});
afterEach(() => rm(directory, { recursive: true }));

const lease = (nowMs = 0) => ({ directory, name: 'work', leaseMs: 1000, clock: () => nowMs });

test('of many who want to do the work at once, one does it', async () => {
  const { promise: finish, resolve } = Promise.withResolvers<void>();
  let running = 0;
  const others = Promise.withResolvers<void>();
  let refused = 0;
  const all = Array.from({ length: 8 }, async () => {
    const result = await underLease(lease(), async () => {
      running += 1;
      await finish;
      return 'done';
    });
    if (result === undefined && ++refused === 7) others.resolve();
    return result;
  });
  await others.promise;
  resolve();
  expect((await Promise.all(all)).filter(Boolean)).toEqual(['done']);
  expect(running).toBe(1);
});

test('a lease is given back, also after work that failed', async () => {
  await expect(underLease(lease(), () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(await underLease(lease(), async () => 'done')).toBe('done');
  expect(await readdir(directory)).toEqual([]);
});

test('the lease of a process that died is taken over when it has run out, and not before', async () => {
  await writeFile(join(directory, 'work'), JSON.stringify({ owner: 'dead', expiresAtMs: 5000 }));
  expect(await underLease(lease(4999), async () => 'done')).toBeUndefined();
  expect(await underLease(lease(5000), async () => 'done')).toBe('done');
});

test('a file that no lease wrote holds nobody up', async () => {
  await writeFile(join(directory, 'work'), '');
  expect(await underLease(lease(), async () => 'done')).toBe('done');
});

test('of many who take a stale lease over at once, one gets it', async () => {
  await writeFile(join(directory, 'work'), JSON.stringify({ owner: 'dead', expiresAtMs: 0 }));
  let atOnce = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++atOnce);
    await readdir(directory);
    atOnce -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => underLease(lease(1), work)));
  expect(most).toBe(1);
});

test('a process that died while it took a lease over holds nobody up for longer than a lease', async () => {
  const dead = JSON.stringify({ owner: 'dead', expiresAtMs: 0 });
  await writeFile(join(directory, 'work'), dead);
  await writeFile(join(directory, 'work.claim'), dead);
  expect(await underLease(lease(1), async () => 'done')).toBeUndefined();
  expect(await underLease(lease(2), async () => 'done')).toBe('done');
});
