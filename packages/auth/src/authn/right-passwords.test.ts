import fc from 'fast-check';
import { RightPasswords } from './right-passwords.ts';

const remembered = new RightPasswords(() => 0);

test('what was said is known again, and nothing else is', () => {
  const parts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (said, other) => {
      expect(remembered.digest(...said)).toBe(remembered.digest(...said));
      const isSame = JSON.stringify(said) === JSON.stringify(other);
      expect(remembered.digest(...said) === remembered.digest(...other)).toBe(isSame);
    }),
  );
});

test.each<[readonly string[], readonly string[]]>([
  [
    ['ab', 'c'],
    ['a', 'bc'],
  ],
  [
    ['a', '1:b'],
    ['a1:b', ''],
  ],
  [['a1:b'], ['a', 'b']],
  [
    ['', 'a'],
    ['a', ''],
  ],
  [['a', ''], ['a']],
])('%j and %j are told apart by where the parts end', (first, second) => {
  expect(remembered.digest(...first)).not.toBe(remembered.digest(...second));
});

test('a digest means nothing to another process: each has a key of its own', () => {
  expect(new RightPasswords(() => 0).digest('alice', 'x')).not.toBe(remembered.digest('alice', 'x'));
});

test('a digest holds no part of what was said', () => {
  expect(remembered.digest('alice', 'wonderland')).toMatch(/^[A-Za-z0-9+/]{43}=$/);
});
