// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what looks like a placeholder of rules
import fc from 'fast-check';
import { compileGlob } from './glob.ts';

const matches = (pattern: string, subject: string) => compileGlob(pattern)?.test(subject) ?? false;

/** Each seen with Go 1.26's `path.Match`. */
describe('a glob', () => {
  const cases: readonly [sentence: string, pattern: string, matching: string[], others: string[]][] = [
    ['that is empty matches only nothing', '', [''], ['a', '/']],
    ['without wildcards matches itself', 'a/b.c', ['a/b.c'], ['a/bxc', 'a/b', 'A/b.c']],
    ['lets * stop at a slash', 'a/*', ['a/', 'a/b'], ['a', 'a/b/c']],
    ['takes several * as one', '**', ['', 'ab'], ['a/b']],
    ['lets * stand for nothing', 'a*b*c', ['abc', 'axbxc'], ['ac', 'a/bc']],
    ['finds the end after a *', '*ab', ['ab', 'abab', 'aab'], ['aba']],
    ['has ? for one character but a slash', 'a?', ['ab', 'a€', 'a😀'], ['a', 'a/', 'abc']],
    ['has classes', '[a-cx]', ['a', 'b', 'x'], ['d', '-', '']],
    ['has negated classes, which match a slash', '[^a-c]', ['d', '/', '😀'], ['a', '']],
    ['has classes of any characters', '[à-ü]', ['é'], ['e']],
    ['takes [ in a class as it is', '[[]', ['['], [']']],
    ['takes ^ inside of a class as it is', '[a^]', ['^', 'a'], ['b']],
    ['takes ! as it is', '[!a]', ['!', 'a'], ['b']],
    ['takes what follows a \\ as it is', '\\*\\a\\\\', ['*a\\'], ['xa\\']],
    ['takes \\] and \\- in a class as they are', '[\\]\\-]', [']', '-'], ['\\']],
    ['takes ] outside of a class as it is', 'a]', ['a]'], ['a']],
    ['takes braces and dollars as they are', '${x}', ['${x}'], ['x']],
    ['may let * end inside a character, of which ? takes bytes', '*??', ['€', 'ab'], ['é', 'a']],
  ];
  test.each(cases)('%s', (_sentence, pattern, matching, others) => {
    expect(matching.filter((subject) => !matches(pattern, subject))).toEqual([]);
    expect(others.filter((subject) => matches(pattern, subject))).toEqual([]);
  });

  test.each([
    '[',
    '[a',
    'a[b',
    '[]',
    '[]a]',
    '[^]',
    '[^]a]',
    '[-a]',
    '[a-]',
    '[a-b-c]',
    '[a\\',
    'a\\',
    '*[',
    '[a][',
  ])('that is malformed matches nothing, also not itself: %s', (pattern) => {
    expect(compileGlob(pattern)).toBeUndefined();
  });

  test('takes time by its length, not by its wildcards', () => {
    expect(matches(`${'*a'.repeat(100)}b`, 'a'.repeat(5_000))).toBe(false);
  });

  test('matches any text once everything in it has a \\ before it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = [...text].map((character) => `\\${character}`).join('');
        expect(compileGlob(escaped)).toMatchObject({ literal: text });
      }),
    );
  });
});
