import { compileRegex } from './regex.ts';

/** What of RE2's syntax rules may use; each seen with Go 1.26's `regexp`. */
describe('a regex', () => {
  const cases: readonly [sentence: string, source: string, matching: string[], others: string[]][] = [
    ['matches anywhere', 'b+', ['abbc'], ['ac']],
    ['has anchors for the whole text only', '^b$', ['b'], ['a\nb\nc', 'b\n']],
    [
      'has Unicode classes, one letter of them without braces',
      '^\\pN\\p{Greek}\\PL$',
      ['1α-'],
      ['aα-', '1a-'],
    ],
    ['has flags', '(?i)^k$', ['k', 'K', '\u212a'], ['x']],
    ['takes text between \\Q and \\E as it is', '^\\Qa.*\\E$', ['a.*'], ['abc']],
    ['has POSIX classes', '^[[:alpha:]_]+$', ['a_'], ['1', ':']],
    ['has named groups in both spellings', '^(?P<a>x)(?<b>y)$', ['xy'], ['x']],
    ['has ASCII word boundaries', '\\bé', ['aé'], ['é']],
    ['lets . stop at the end of a line', '^a.b$', ['a-b', 'a\u2028b', 'a😀b'], ['a\nb']],
    ['takes a brace that repeats nothing as it is', '^a{,2}$', ['a{,2}'], ['aa']],
  ];
  test.each(cases)('%s', (_sentence, source, matching, others) => {
    expect(matching.filter((subject) => !compileRegex(source).test(subject))).toEqual([]);
    expect(others.filter((subject) => compileRegex(source).test(subject))).toEqual([]);
  });

  test.each([
    '(',
    'a**',
    '?a',
    '(?=a)',
    '(?<=a)',
    '\\1',
    '\\Z',
    '\\C',
    '\\E',
    'a{1001}',
    '(?x)a',
    '[b-a]',
    '\\p{X',
  ])('is refused where RE2 has no such syntax: %s', (source) => {
    expect(() => compileRegex(source)).toThrow(SyntaxError);
  });

  test('gives the groups of the leftmost match, empty where one took no part', () => {
    expect(compileRegex('(a)|(b)').groups('xb')).toEqual(['b', '', 'b']);
    expect(compileRegex('(a)').groups('x')).toBeUndefined();
    expect(compileRegex('(a)(?:b)(?P<c>c)').groupCount).toBe(2);
  });

  test('takes time by the length of the text, whatever it repeats', () => {
    expect(compileRegex('^(((a*)*)*)*$').test(`${'a'.repeat(50_000)}b`)).toBe(false);
    expect(compileRegex('^(a|a?)+$').groups(`${'a'.repeat(20_000)}b`)).toBeUndefined();
  });
});
