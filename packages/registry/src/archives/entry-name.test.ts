import fc from 'fast-check';
import { plainName, symbolicTarget } from './entry-name.ts';

test.each([
  ['a/b', 'a/b'],
  ['./a//b/', 'a/b'],
  ['./', ''],
  ['a/./b', 'a/b'],
  ['..a/b..', '..a/b..'],
])('%s is %s', (name, plain) => expect(plainName(name)).toBe(plain));

test.each(['/a', '..', '../a', 'a/..', 'a/../b', 'a/../../b', './../a', 'a\nb', 'a\0', 'x'.repeat(1025)])(
  '%j is no name',
  (name) => expect(plainName(name)).toBeUndefined(),
);

test.each([
  ['x/layer.tar', '../y/layer.tar', 'y/layer.tar'],
  ['link', 'target', 'target'],
  ['a/b/link', '../../c', 'c'],
  ['a/link', './c', 'a/c'],
])('%s -> %s leads to %s', (name, target, expected) => expect(symbolicTarget(name, target)).toBe(expected));

test.each([
  ['link', '..'],
  ['link', '../x'],
  ['a/link', '../../x'],
  ['a/link', '/x'],
  ['a/link', 'x\0'],
])('%s -> %s leads out', (name, target) => expect(() => symbolicTarget(name, target)).toThrow('leads out'));

test('no name and no link leads to a name with .. in it', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '...');
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
  const isInside = (name: string | undefined): boolean =>
    name === undefined ||
    !(name.startsWith('/') || name.split('/').some((each) => each === '..' || each === '.'));
  fc.assert(
    fc.property(path, path, (name, target) => {
      expect(isInside(plainName(name))).toBe(true);
      const inside = plainName(name) ?? 'a';
      let led: string | undefined;
      try {
        led = symbolicTarget(inside, target);
      } catch {
        // Refused.
      }
      expect(isInside(led)).toBe(true);
    }),
  );
});
