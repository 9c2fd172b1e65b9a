import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { passLinesOn } from './whole-lines.ts';

/** What is written when `chunks` come out of a worker's pipe. */
async function written(chunks: readonly string[]): Promise<readonly string[]> {
  const pipe = new PassThrough();
  const writes: string[] = [];
  passLinesOn(pipe, (lines) => writes.push(Buffer.from(lines).toString()));
  for (const chunk of chunks) pipe.write(chunk);
  pipe.end();
  await pipe.toArray().catch(() => undefined);
  return writes;
}

test('however the bytes of a worker come, each write is of whole lines, and nothing is lost', async () => {
  const chunk = fc.string({ unit: fc.constantFrom('a', 'é', '\n'), maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 8 }), async (chunks) => {
      const writes = await written(chunks);
      const text = chunks.join('');
      for (const write of writes) expect(write.endsWith('\n')).toBe(true);
      expect(writes.join('')).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    }),
  );
});

test('lines that came together are written together', async () => {
  expect(await written(['one\ntwo\nthr', 'ee\n'])).toEqual(['one\ntwo\n', 'three\n']);
});
