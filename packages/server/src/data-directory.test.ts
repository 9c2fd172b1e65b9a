import { lackOf } from './data-directory.ts';

test.each([
  [{ bavail: 0, files: 10, ffree: 5 }, 'space'],
  [{ bavail: 7, files: 10, ffree: 0 }, 'inodes'],
  [{ bavail: 7, files: 10, ffree: 1 }, undefined],
  [{ bavail: 7, files: 0, ffree: 0 }, undefined],
] as const)('a disk with %j lacks %s', (facts, lacks) => {
  expect(lackOf(facts)).toBe(lacks);
});
