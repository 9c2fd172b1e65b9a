import fc from 'fast-check';
import { BLOCK_BYTES, blocksOf, fileHeader, isZeroBlock, parseHeader, parseRecords } from './tar-header.ts';

/** The header that a reader makes of what was written, long or short. */
function read(bytes: Buffer): { name: string | undefined; sizeBytes: number | undefined } {
  const first = parseHeader(bytes.subarray(0, BLOCK_BYTES));
  if (first?.type !== 'x') return { name: first?.name, sizeBytes: first?.sizeBytes };
  const records = parseRecords(bytes.subarray(BLOCK_BYTES, BLOCK_BYTES + first.sizeBytes));
  const own = parseHeader(bytes.subarray(-BLOCK_BYTES));
  const size = records?.get('size');
  return {
    name: records?.get('path') ?? own?.name,
    sizeBytes: size === undefined ? own?.sizeBytes : Number(size),
  };
}

const NAME = fc.stringMatching(/^[^\0/]{1,300}$/u).filter((name) => name.isWellFormed());

test('what is written is read again, whatever its name and size', () => {
  fc.assert(
    fc.property(NAME, fc.maxSafeNat(), (name, sizeBytes) => {
      const header = fileHeader(name, sizeBytes);
      expect(header.byteLength % BLOCK_BYTES).toBe(0);
      expect(read(header)).toEqual({ name, sizeBytes });
      expect(fileHeader(name, sizeBytes).equals(header)).toBe(true);
    }),
  );
});

test('a size beyond eleven octal digits and a name beyond 100 bytes stand in a header in front', () => {
  expect(fileHeader('short', 8 ** 11 - 1)).toHaveLength(BLOCK_BYTES);
  expect(fileHeader('short', 8 ** 11)).toHaveLength(3 * BLOCK_BYTES);
  expect(fileHeader('x'.repeat(100), 1)).toHaveLength(BLOCK_BYTES);
  expect(fileHeader('x'.repeat(101), 1)).toHaveLength(3 * BLOCK_BYTES);
});

test('a size may be binary, as GNU tar writes large ones', () => {
  const block = Buffer.from(fileHeader('layer', 0));
  block.fill(0, 124, 136);
  block[124] = 0x80;
  block.writeUInt32BE(3, 128);
  withChecksum(block);
  expect(parseHeader(block)?.sizeBytes).toBe(3 * 2 ** 32);
  block.fill(0xff, 124, 136);
  withChecksum(block);
  expect(parseHeader(block)).toBeUndefined();
});

test('the prefix of a long name belongs to it, except in GNU headers, where times stand there', () => {
  const block = Buffer.from(fileHeader('name', 0));
  block.write('folder', 345);
  withChecksum(block);
  expect(parseHeader(block)?.name).toBe('folder/name');
  block.write('ustar  \0', 257);
  withChecksum(block);
  expect(parseHeader(block)?.name).toBe('name');
});

test('anything else is no header', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: BLOCK_BYTES, maxLength: BLOCK_BYTES }), (bytes) => {
      expect(parseHeader(Buffer.from(bytes))).toBeUndefined();
    }),
  );
  const changed = Buffer.from(fileHeader('name', 5));
  changed[0] = 0x58;
  expect(parseHeader(changed)).toBeUndefined();
});

test('records that are not whole are none', () => {
  expect(parseRecords(Buffer.from('12 path=a/b\n'))?.get('path')).toBe('a/b');
  for (const text of [
    '12 path=a/b',
    '13 path=a/b\n',
    '0 path=a\n',
    'x path=a\n',
    '-3 a=b\n',
    '5 ab\n',
    '99999999999999999999 a=b\n',
  ])
    expect([text, parseRecords(Buffer.from(text))]).toEqual([text, undefined]);
});

test('sizes are rounded up to blocks', () => {
  expect([0, 1, 512, 513].map(blocksOf)).toEqual([0, 512, 512, 1024]);
  expect(isZeroBlock(Buffer.alloc(512))).toBe(true);
  expect(isZeroBlock(Buffer.alloc(512, 'x'))).toBe(false);
});

function withChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}
