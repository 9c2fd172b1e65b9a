/** The thread that hashes large uploads: whatever becomes of it, a digest is right or there is none. */

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesystemDriver } from '../src/drivers/filesystem/filesystem.ts';
import { type Chunks, type Driver, memoryDriver, realDisk } from '../src/index.ts';
import { type HashProgram, HashThread } from '../src/store/hash-thread.ts';
import { UploadHashes } from '../src/store/upload-hash.ts';

const MIB = 1024 * 1024;
const LARGE_BYTES = 5 * MIB + 12_345;
const CONTENT = Buffer.from(
  Array.from({ length: LARGE_BYTES / 7 }, (_, index) => `${index % 977} `).join(''),
);

/** With one processor there is no thread to test. */
const testWithThread = availableParallelism() > 1 ? test : test.skip;

let folder: string;
let driver: Driver;
let threads: HashThread[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-hash-'));
  driver = filesystemDriver({ rootDirectory: folder, durability: 'relaxed' });
  threads = [];
});
afterEach(async () => {
  await Promise.all(threads.map((thread) => thread.close()));
  await rm(folder, { recursive: true });
});

function hashesWith(program?: HashProgram, answerMs?: number): UploadHashes {
  const thread = new HashThread(program, answerMs);
  threads.push(thread);
  return new UploadHashes(thread);
}

/** A thread that does this with each order. */
function programThat(statements: string): HashProgram {
  return {
    source: `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (order) => { ${statements} });`,
  };
}

/** What this one says, no file has: a digest that it gave came from the thread. */
const FORGED = 'ab'.repeat(32);
const FORGER = programThat(
  `if (order.kind === 'end') parentPort.postMessage({ id: order.id, hex: '${FORGED}' });`,
);

function* batches(bytes: Uint8Array = CONTENT): Iterable<Chunks> {
  for (let at = 0; at < bytes.byteLength; at += 256 * 1024) {
    yield [bytes.subarray(at, at + 100_000), bytes.subarray(at + 100_000, at + 256 * 1024)];
  }
}

function hexOf(bytes: Uint8Array, algorithm = 'sha256'): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

async function digestBy(hashes: UploadHashes, bytes = CONTENT, by = driver): Promise<string> {
  const { staged, actual } = await hashes.stage(by, batches(bytes), 'sha256');
  expect(staged.sizeBytes).toBe(bytes.byteLength);
  await by.discard(staged);
  return actual.hex;
}

describe('the thread that hashes uploads', () => {
  test.each(['sha256', 'sha512'] as const)(
    'tells the %s of a large one that comes alone',
    async (algorithm) => {
      const hashes = hashesWith();
      for (const bytes of [CONTENT, CONTENT.subarray(1), CONTENT.subarray(0, 2 * MIB)]) {
        const { actual } = await hashes.stage(driver, batches(bytes), algorithm);
        expect(actual.text).toBe(`${algorithm}:${hexOf(bytes, algorithm)}`);
      }
    },
  );

  testWithThread('is asked for one large upload, and for the next', async () => {
    const hashes = hashesWith(FORGER);
    expect(await digestBy(hashes)).toBe(FORGED);
    expect(await digestBy(hashes)).toBe(FORGED);
  });

  test('is not asked for a small one', async () => {
    const small = CONTENT.subarray(0, MIB - 1);
    expect(await digestBy(hashesWith(FORGER), small)).toBe(hexOf(small));
  });

  test('is not asked where several come at once', async () => {
    const hashes = hashesWith(FORGER);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    async function* slow(): AsyncIterable<Chunks> {
      yield [Buffer.from('slow')];
      await released;
    }
    const other = hashes.stage(driver, slow(), 'sha256');
    expect(await digestBy(hashes)).toBe(hexOf(CONTENT));
    release();
    expect((await other).actual.hex).toBe(hexOf(Buffer.from('slow')));
  });

  test('is not asked where there is no file that it could read', async () => {
    const hashes = hashesWith(FORGER);
    expect(await digestBy(hashes, CONTENT, memoryDriver())).toBe(hexOf(CONTENT));
    const otherDisk = filesystemDriver({ rootDirectory: folder, disk: { ...realDisk } });
    expect(await digestBy(hashes, CONTENT, otherDisk)).toBe(hexOf(CONTENT));
  });

  test.each([
    ['throws at the first word', programThat(`throw new Error('broken')`)],
    ['ends in the middle', programThat(`if (order.kind === 'hash') process.exit(1);`)],
    ['ends when it is asked', programThat(`if (order.kind === 'end') process.exit(0);`)],
    [
      'cannot read',
      programThat(`if (order.kind === 'end') parentPort.postMessage({ id: order.id, hex: undefined });`),
    ],
    ['is not there', new URL('./no-such-program.ts', import.meta.url)],
    ['is no program', { source: '((' }],
  ] as const)('that %s costs a pass over the bytes, again and again', async (_what, program) => {
    const hashes = hashesWith(program);
    for (let times = 0; times < 5; times += 1) expect(await digestBy(hashes)).toBe(hexOf(CONTENT));
  });

  test('that does not answer is given up, and another one is started', async () => {
    const mute = programThat('');
    expect(await digestBy(hashesWith(mute, 10))).toBe(hexOf(CONTENT));
  });

  test('may be closed while somebody waits for it', async () => {
    const hashes = hashesWith(programThat(''));
    const digest = digestBy(hashes);
    const closing = new Promise((resolve) => setImmediate(resolve)).then(() => threads[0]?.close());
    expect(await digest).toBe(hexOf(CONTENT));
    await closing;
    expect(await digestBy(hashes)).toBe(hexOf(CONTENT));
  });

  testWithThread('is free again after an upload that broke off', async () => {
    const hashes = hashesWith(FORGER);
    function* broken(): Iterable<Chunks> {
      yield* batches();
      throw new Error('the client went away');
    }
    await expect(hashes.stage(driver, broken(), 'sha256')).rejects.toThrow('the client went away');
    expect(await digestBy(hashes)).toBe(FORGED);
  });

  testWithThread('leaves nothing staged where the file cannot be read again either', async () => {
    const unreadable: Driver = Object.assign(Object.create(driver), {
      stage: driver.stage.bind(driver),
      discard: driver.discard.bind(driver),
      readStaged: () => {
        throw new Error('input/output error');
      },
    });
    const hashes = hashesWith(programThat(`throw new Error('broken')`));
    await expect(hashes.stage(unreadable, batches(), 'sha256')).rejects.toThrow('input/output error');
    expect(await driver.sweepStaged(Number.POSITIVE_INFINITY)).toBe(0);
  });
});
