import { BCRYPT_NICENESS } from '../limits.ts';
import { giveWay } from './give-way.ts';

test.each<[NodeJS.Platform, readonly number[]]>([
  ['linux', [BCRYPT_NICENESS]],
  ['darwin', []],
  ['win32', []],
  ['freebsd', []],
])('on %s a thread gets the niceness %p: it is its own on Linux alone', (platform, expected) => {
  const given: number[] = [];
  giveWay(platform, (niceness) => void given.push(niceness));
  expect(given).toEqual(expected);
});

test('where it is forbidden the thread goes on as it is', () => {
  const forbidden = () => {
    throw new Error('EPERM');
  };
  expect(() => giveWay('linux', forbidden)).not.toThrow();
});
