// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of rules
import { RuleError } from './rule-error.ts';
import { compileRules } from './rules.ts';

function faultsOf(rules: readonly unknown[]): RuleError {
  try {
    compileRules(rules);
  } catch (error) {
    if (error instanceof RuleError) return error;
    throw error;
  }
  throw new Error('the rules were taken');
}

const withMatch = (match: unknown) => ({ match, actions: [] });

describe('a rule is refused', () => {
  const cases: readonly [sentence: string, rule: unknown, field: string, value: unknown, reason: RegExp][] = [
    ['that is none', 'x', 'rule', 'x', /object/],
    ['that is null', null, 'rule', null, /object/],
    ['without match, where docker_auth would crash', { actions: [] }, 'match', undefined, /\{\}/],
    ['whose match is null', withMatch(null), 'match', null, /\{\}/],
    ['whose match is a list', withMatch([]), 'match', [], /object/],
    ['without actions', { match: {} }, 'actions', undefined, /\[\] grants nothing/],
    ['whose actions are no list', { match: {}, actions: '*' }, 'actions', '*', /list/],
    ['with an action that is no string', { match: {}, actions: ['a', 1] }, 'actions[1]', 1, /quotes/],
    ['with a comment that is no string', { ...withMatch({}), comment: 1 }, 'comment', 1, /quotes/],
    ['with a field that is none', { ...withMatch({}), ip: '::1' }, 'ip', '::1', /unknown.*match/],
    ['with a misspelt condition', withMatch({ acount: 'a' }), 'match.acount', 'a', /unknown.*account/],
    ['with a number for a pattern', withMatch({ name: 1 }), 'match.name', 1, /quotes/],
    ['with a list for a pattern', withMatch({ name: ['a'] }), 'match.name', ['a'], /a string$/],
    [
      'with a regex that is none',
      withMatch({ account: '/(/' }),
      'match.account',
      '/(/',
      /missing closing \)/,
    ],
    ['with a repeated ? in a regex', withMatch({ type: '/foo?*/' }), 'match.type', '/foo?*/', /\?\*/],
    ['with an address that is none', withMatch({ ip: '10.0.*' }), 'match.ip', '10.0.*', /10\.0\.0\.0\/8/],
    ['with labels that are a list', withMatch({ labels: ['a'] }), 'match.labels', ['a'], /by label/],
    [
      'with a label that has no pattern',
      withMatch({ labels: { g: null } }),
      'match.labels.g',
      null,
      /string/,
    ],
    [
      'with a regex for a label that is none',
      withMatch({ labels: { g: '/[/' } }),
      'match.labels.g',
      '/[/',
      /\]/,
    ],
  ];
  test.each(cases)('%s', (_sentence, rule, field, value, reason) => {
    const error = faultsOf([withMatch({}), rule]);
    expect(error.errors).toHaveLength(1);
    expect(error).toMatchObject({ index: 1, field, value });
    expect(error.reason).toMatch(reason);
  });

  test('together with all others that are, each by its index, field and value', () => {
    const error = faultsOf([withMatch({ name: '/(/', ip: 'x' }), withMatch({}), {}]);
    expect(error.errors.map(({ index, field }) => [index, field])).toEqual([
      [0, 'match.name'],
      [0, 'match.ip'],
      [2, 'match'],
      [2, 'actions'],
    ]);
    expect(error.message.split('\n')).toHaveLength(4);
    expect(error.message).toContain('rule 0, match.ip "x": ');
  });
});

describe('a placeholder is refused where its value would not stand for itself', () => {
  const cases: readonly [sentence: string, pattern: string, reason: RegExp][] = [
    ['after a \\ in a regex', '/^\\${account}$/', /\$\{account\} stands right after a \\/],
    ['after a \\ in a glob', '\\${account}', /right after a \\/],
    ['after a \\ in a class', '/[\\${account}]/', /right after a \\/],
    ['after a \\ in \\Q…\\E', '/\\Q\\${account}/', /right after a \\/],
    ['inside of a repetition', '/^a{${account}}$/', /repetition/],
    ['further inside of a repetition', '/^a{2,${account}}$/', /repetition/],
    ['before the end of a repetition', '/^a{1${labels:g},}$/', /repetition/],
    ['as the end of a range', '[a-${account}]', /range/],
    ['as the start of a range', '/[${account}-~]/', /range/],
    ['after an octal escape', '/\\0${account}/', /octal/],
  ];
  test.each(cases)('%s', (_sentence, name, reason) => {
    expect(faultsOf([withMatch({ name })]).reason).toMatch(reason);
  });

  test.each([
    '/\\\\${account}/',
    '\\\\${account}',
    '/a{2}${account}/',
    '/\\{2${account}/',
    '/[a-b${account}]/',
    '/[[:alpha:]]-${account}/',
    '/[]-]${account}/',
    '/\\012${account}/',
    '/\\pL${account}/',
    '/\\Q{\\E${account}/',
    '{${account}',
    '/\\${other}/',
  ])('and nowhere else: %s', (name) => {
    expect(() => compileRules([withMatch({ name })])).not.toThrow();
  });
});

test('a condition that is null is none, and a malformed glob is taken', () => {
  expect(() =>
    compileRules([
      { match: { account: null, ip: null, labels: null, name: '[' }, actions: ['*'], comment: null },
    ]),
  ).not.toThrow();
});
