import { checkDisk, type FileSystem } from './disk.ts';

const roomy: FileSystem = { bsize: 4096, blocks: 10_000_000, bavail: 5_000_000, files: 1000, ffree: 900 };

test.each<[string, Partial<FileSystem>, string, RegExp]>([
  ['with room is well', {}, 'ok', /^19\.1 GiB free of 38\.1 GiB at \/data$/],
  ['that counts no inodes is well', { files: 0, ffree: 0 }, 'ok', /free of/],
  ['with 1 % left is warned of', { bavail: 100_000 }, 'warn', /^391 MiB free of/],
  ['that is full fails', { bavail: 0 }, 'fail', /^no space left at \/data$/],
  ['with few inodes left is warned of', { ffree: 10 }, 'warn', /^10 of 1000 inodes free/],
  ['without inodes left fails', { ffree: 0 }, 'fail', /^0 of 1000 inodes free/],
])('a disk %s', async (_, facts, outcome, message) => {
  const found = await checkDisk('/data', async () => ({ ...roomy, ...facts }));
  expect(found).toMatchObject({ outcome, message: expect.stringMatching(message) });
});
