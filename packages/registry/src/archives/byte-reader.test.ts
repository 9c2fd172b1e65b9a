import fc from 'fast-check';
import type { Chunks } from '../chunks.ts';
import { ByteReader, EndedEarly } from './byte-reader.ts';

const CHUNKS = fc.array(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 3 }), { maxLength: 8 });

async function allOf(source: AsyncIterable<Chunks>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunks of source) all.push(...chunks);
  return Buffer.concat(all);
}

test('pieces of whatever sizes are the bytes that came, in whatever chunks', async () => {
  await fc.assert(
    fc.asyncProperty(CHUNKS, fc.array(fc.nat(30), { maxLength: 6 }), async (source, sizes) => {
      const whole = Buffer.concat(source.flat());
      const reader = new ByteReader(source);
      let at = 0;
      for (const [index, size] of sizes.entries()) {
        if (at + size > whole.byteLength) break;
        expect(await reader.peek(size)).toEqual(whole.subarray(at, at + size));
        const piece = index % 2 === 0 ? await allOf(reader.pass(size)) : await reader.take(size);
        if (piece !== undefined) expect(piece).toEqual(whole.subarray(at, at + size));
        at += size;
        expect(reader.takenBytes).toBe(at);
      }
      expect(await allOf(reader.rest())).toEqual(whole.subarray(at));
      expect(await reader.take(1)).toBeUndefined();
    }),
  );
});

test('a piece that the source ends in is told', async () => {
  const reader = (): ByteReader => new ByteReader([[Buffer.from('abc')]]);
  await expect(reader().take(4)).rejects.toThrow(EndedEarly);
  await expect(allOf(reader().pass(4))).rejects.toThrow(EndedEarly);
  expect(await reader().peek(4)).toEqual(Buffer.from('abc'));
});

test('a source that nobody reads on is told so', async () => {
  let isLeft = false;
  async function* source(): AsyncGenerator<Chunks> {
    try {
      yield [Buffer.from('abc')];
      yield [Buffer.from('def')];
    } finally {
      isLeft = true;
    }
  }
  const reader = new ByteReader(source());
  await reader.take(2);
  await reader.close();
  expect(isLeft).toBe(true);
});
