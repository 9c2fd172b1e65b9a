import fc from 'fast-check';
import { RegistryError } from '../errors.ts';
import { matchesEtag, parseChunkRange, parseRange } from './ranges.ts';

type Outcome = readonly number[] | 'all' | 'refused';

/** The bytes that a range selects, one by one, out of `sizeBytes`: RFC 9110, section 14.1.2, read slowly. */
function selected(first: number | undefined, last: number | undefined, sizeBytes: number): Outcome {
  const all = Array.from({ length: sizeBytes }, (_, index) => index);
  if (first === undefined && last === undefined) return 'all';
  const bytes =
    first === undefined
      ? all.filter((index) => index >= sizeBytes - (last ?? 0))
      : all.filter((index) => index >= first && (last === undefined || index <= last));
  return bytes.length === 0 ? 'refused' : bytes;
}

function parsed(header: string | undefined, sizeBytes: number): Outcome {
  try {
    const range = parseRange(header, sizeBytes);
    if (range === undefined) return 'all';
    return Array.from({ length: range.endByte - range.startByte }, (_, index) => range.startByte + index);
  } catch (error) {
    expect(error).toMatchObject({
      code: 'RANGE_INVALID',
      headers: { 'Content-Range': `bytes */${sizeBytes}` },
    });
    return 'refused';
  }
}

describe('Range', () => {
  test('selects the bytes that RFC 9110 says, or none', () => {
    const position = fc.option(fc.nat({ max: 24 }), { nil: undefined });
    fc.assert(
      fc.property(position, position, fc.nat({ max: 20 }), (first, last, sizeBytes) => {
        expect(parsed(`bytes=${first ?? ''}-${last ?? ''}`, sizeBytes)).toEqual(
          selected(first, last, sizeBytes),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=1',
    'bytes=0-1,3-4',
    'bytes=0-1, -1',
    'lines=0-1',
    'bytes = 0-1',
    'bytes=0x1-2',
    'bytes=-1-2',
    'bytes=1.5-2',
  ])('%j is not a single range of bytes, and all is sent', (header) => {
    expect(parseRange(header, 10)).toBeUndefined();
  });

  test('numbers beyond all sizes are still numbers', () => {
    expect(parsed(`bytes=2-${'9'.repeat(400)}`, 4)).toEqual([2, 3]);
    expect(parsed(`bytes=${'9'.repeat(400)}-`, 4)).toBe('refused');
    expect(parsed(`bytes=-${'9'.repeat(400)}`, 4)).toEqual([0, 1, 2, 3]);
  });

  test('the unit is read whatever its case', () => {
    expect(parsed('Bytes=1-1', 4)).toEqual([1]);
  });
});

describe('If-None-Match', () => {
  test.each([
    ['"a"', true],
    ['W/"a"', true],
    ['*', true],
    ['"b", "a"', true],
    ['"b",W/"a"', true],
    ['"b"', false],
    ['a', false],
    ['', false],
    [undefined, false],
  ])('%j', (header, isMatch) => {
    expect(matchesEtag(header, '"a"')).toBe(isMatch);
  });
});

describe("a chunk's Content-Range", () => {
  test('says where its bytes begin and end, in each of its forms', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (first, length) => {
        const last = first + length;
        for (const text of [`${first}-${last}`, `bytes ${first}-${last}/*`, `bytes=${first}-${last}`]) {
          expect(parseChunkRange(text)).toEqual({ startByte: first, endByte: last + 1 });
        }
      }),
    );
  });

  test('nothing is said by none', () => {
    expect(parseChunkRange(undefined)).toBeUndefined();
  });

  test.each(['', '-', '1-', '-1', '2-1', 'a-b', '0-1-2', '0-1,2-3', '1e3-2e3', `0-${'9'.repeat(16)}`])(
    '%j is refused with 416',
    (header) => {
      expect(() => parseChunkRange(header)).toThrow(RegistryError);
      expect(() => parseChunkRange(header)).toThrow(
        expect.objectContaining({ code: 'BLOB_UPLOAD_INVALID', status: 416 }),
      );
    },
  );
});
