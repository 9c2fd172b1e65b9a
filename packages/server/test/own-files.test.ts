// Berth's own small files: made once, whole, for their owner only.

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../src/errors.ts';
import { ownFilesIn } from '../src/first-start/own-files.ts';
import { cleanUp, folder } from './berth.ts';

afterEach(cleanUp);

test('of many who make a file at the same moment, one does, and all get its content', async () => {
  const directory = join(await folder(), 'own');
  const { promise: allAreMaking, resolve } = Promise.withResolvers<void>();
  let making = 0;
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      ownFilesIn(directory).readOrMake('file', async () => {
        making += 1;
        if (making === 8) resolve();
        await allAreMaking;
        return `made by ${n}`;
      }),
    ),
  );
  expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(new Set(results.map(({ content }) => content)).size).toBe(1);
  expect(await readFile(join(directory, 'file'), 'utf8')).toBe(results[0]?.content);
  expect(await readdir(directory)).toEqual(['file']);
  expect((await stat(join(directory, 'file'))).mode & 0o777).toBe(0o600);
});

test('a file that is there is read, and nothing is made', async () => {
  const directory = await folder();
  await writeFile(join(directory, 'file'), 'there');
  const make = () => Promise.reject(new Error('made'));
  expect(await ownFilesIn(directory).readOrMake('file', make)).toEqual({ content: 'there', isNew: false });
});

test('what a crash left half made is passed over', async () => {
  const directory = await folder();
  await writeFile(join(directory, 'file.0123456789abcdef.new'), 'hal');
  expect(await ownFilesIn(directory).readOrMake('file', () => 'whole')).toEqual({
    content: 'whole',
    isNew: true,
  });
});

test('nothing is left of a file that could not be made', async () => {
  const directory = await folder();
  await expect(
    ownFilesIn(directory).readOrMake('file', () => Promise.reject(new StartError('no'))),
  ).rejects.toThrow('no');
  expect(await readdir(directory)).toEqual([]);
});

test('a file that cannot be read is named', async () => {
  const directory = await folder();
  await mkdir(join(directory, 'file'));
  const reading = ownFilesIn(directory).readOrMake('file', () => 'x');
  await expect(reading).rejects.toThrow(/\/file: cannot be read or made: is a directory, not a file$/);
});
