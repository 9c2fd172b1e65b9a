import { randomBytes } from 'node:crypto';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import type { ByteSource, Chunks } from '../chunks.ts';
import { compressionOf, unpackBeginning, unpacked } from './compression.ts';

const LIMITS = { archiveRatio: 10, archiveUnpackedBytes: 1024 * 1024, archiveZstdWindowLog: 23 };
const PACKED = {
  none: (bytes: Buffer) => bytes,
  gzip: (bytes: Buffer) => gzipSync(bytes),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
};
const KINDS = ['none', 'gzip', 'zstd'] as const;

async function allOf(source: ByteSource): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunks of source) all.push(...chunks);
  return Buffer.concat(all);
}

function inPieces(bytes: Buffer, size = 1000): Chunks[] {
  return Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, at) => [
    bytes.subarray(at * size, (at + 1) * size),
  ]);
}

test.each(KINDS)('%s is known by its beginning and unpacked', async (kind) => {
  const bytes = randomBytes(300_000);
  const packed = PACKED[kind](bytes);
  expect(compressionOf(packed.subarray(0, 8))).toBe(kind);
  expect((await allOf(unpacked(inPieces(packed), kind, LIMITS))).equals(bytes)).toBe(true);
});

test.each(KINDS)('the beginning of %s unpacks to the beginning', async (kind) => {
  const bytes = randomBytes(1_000_000);
  const beginning = await unpackBeginning(PACKED[kind](bytes).subarray(0, 160 * 1024), kind, 64 * 1024);
  expect(beginning.byteLength).toBeGreaterThanOrEqual(64 * 1024);
  expect(bytes.indexOf(beginning.subarray(0, 64 * 1024))).toBe(0);
  expect(await unpackBeginning(Buffer.from([0x1f, 0x8b, 1, 2, 3]), 'gzip', 100)).toEqual(Buffer.alloc(0));
});

test('a beginning that unpacks to very much is unpacked no further than asked', async () => {
  for (const kind of ['gzip', 'zstd'] as const) {
    const zeros = await unpackBeginning(PACKED[kind](Buffer.alloc(50_000_000)), kind, 64 * 1024);
    expect(zeros.byteLength).toBeLessThan(1024 * 1024);
  }
});

test.each(['gzip', 'zstd'] as const)('%s may unpack to what is allowed and not to more', async (kind) => {
  const within = PACKED[kind](Buffer.alloc(1024 * 1024));
  expect(await allOf(unpacked([[within]], kind, LIMITS))).toHaveLength(1024 * 1024);
  const beyond = PACKED[kind](Buffer.alloc(3 * 1024 * 1024));
  await expect(allOf(unpacked([[beyond]], kind, LIMITS))).rejects.toThrow('more than 10 times its size');
});

test('zstd that asks for more memory than is given is refused', async () => {
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 };
  const wide = zstdCompressSync(randomBytes(20_000_000), { params });
  await expect(allOf(unpacked([[wide]], 'zstd', LIMITS))).rejects.toThrow('takes more than 8 MiB of memory');
});

test('what goes wrong with the source is told as it is, and the source is left', async () => {
  let isLeft = false;
  async function* source(): AsyncGenerator<Chunks> {
    try {
      yield [gzipSync('x').subarray(0, 5)];
      throw new Error('the client went away');
    } finally {
      isLeft = true;
    }
  }
  await expect(allOf(unpacked(source(), 'gzip', LIMITS))).rejects.toThrow('the client went away');
  expect(isLeft).toBe(true);
});

test('whoever stops reading leaves the source', async () => {
  let isLeft = false;
  async function* source(): AsyncGenerator<Chunks> {
    try {
      for (const chunks of inPieces(gzipSync(randomBytes(1_000_000)))) yield chunks;
    } finally {
      isLeft = true;
    }
  }
  for await (const chunks of unpacked(source(), 'gzip', LIMITS)) if (chunks.length > 0) break;
  expect(isLeft).toBe(true);
});
