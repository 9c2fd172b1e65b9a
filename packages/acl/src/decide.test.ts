// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of rules
import { decide } from './decide.ts';
import type { AccessRequest } from './request.ts';
import { compileRules } from './rules.ts';

type Match = Readonly<Record<string, unknown>>;

const nobody: AccessRequest = {
  account: '',
  type: 'repository',
  name: 'app',
  service: 'registry',
  ip: '192.0.2.1',
  actions: ['pull', 'push'],
  labels: {},
};

function decideOne(match: Match, request: Partial<AccessRequest>) {
  return decide(compileRules([{ match, actions: ['*'] }]), { ...nobody, ...request });
}

const matches = (match: Match, request: Partial<AccessRequest>) =>
  decideOne(match, request).rule !== undefined;

describe('the decision', () => {
  const rules = compileRules([
    { match: { account: 'admin' }, actions: ['*'], comment: 'admin may everything' },
    { match: { account: 'ci', name: 'secret/*' }, actions: [] },
    { match: { account: 'ci' }, actions: ['push', 'pull'] },
    { match: { account: 'all' }, actions: ['*', 'pull'] },
    { match: { account: 'twice' }, actions: ['*', '*'] },
  ]);
  const granted = (request: Partial<AccessRequest>) => decide(rules, { ...nobody, ...request });

  test('grants all that is asked for where * is the only action, as it is asked for', () => {
    expect(granted({ account: 'admin', actions: ['push', 'anything', 'push', '*'] })).toEqual({
      actions: ['push', 'anything', 'push', '*'],
      rule: { index: 0, comment: 'admin may everything' },
    });
  });
  test('grants what is asked for and listed, sorted, each once', () => {
    expect(granted({ account: 'ci', actions: ['push', 'delete', 'pull', 'push'] })).toEqual({
      actions: ['pull', 'push'],
      rule: { index: 2, comment: undefined },
    });
  });
  test('is the first rule’s that matches, also where it grants nothing', () => {
    expect(granted({ account: 'ci', name: 'secret/a' })).toEqual({
      actions: [],
      rule: { index: 1, comment: undefined },
    });
  });
  test('grants nothing where no rule matches', () => {
    expect(granted({ account: 'eve' })).toEqual({ actions: [], rule: undefined });
  });
  test.each(['all', 'twice'])('takes * among other actions for an action of that name: %s', (account) => {
    expect(granted({ account, actions: ['*', 'push'] }).actions).toEqual(['*']);
    expect(granted({ account, actions: ['push'] }).actions).toEqual([]);
  });
});

/** Each seen to be decided so by docker_auth, whose acl.go was run on it. */
describe('as in docker_auth, a rule', () => {
  const labels = { group: ['admins', 'VIP'], project: ['api', 'web'], none: [], 1: ['one'] };
  const cases: readonly [
    sentence: string,
    match: Match,
    request: Partial<AccessRequest>,
    expected: boolean,
  ][] = [
    ['without conditions matches', {}, {}, true],
    ['with an empty pattern matches what is empty', { account: '' }, { account: '' }, true],
    ['with an empty pattern matches nothing else', { account: '' }, { account: 'a' }, false],
    ['with * matches what is empty, too', { account: '*' }, { account: '' }, true],
    ['matches a regex anywhere', { name: '/z$/' }, { name: 'baz' }, true],
    ['takes // for a glob', { name: '//' }, { name: 'a' }, false],
    ['takes / for a glob', { name: '/' }, { name: '/' }, true],
    ['takes /a for a glob', { name: '/a' }, { name: 'a' }, false],
    ['takes /// for a regex', { name: '///' }, { name: 'a/b' }, true],
    ['with a class that doesn’t close never matches', { name: '[a' }, { name: '[a' }, false],
    ['matches where all conditions hold', { account: 'a', type: 'r*' }, { account: 'a' }, true],
    ['doesn’t match where one doesn’t hold', { account: 'a', type: 'x*' }, { account: 'a' }, false],
    ['matches the service', { service: 'reg*' }, {}, true],
    ['matches an address', { ip: '192.0.2.0/24' }, {}, true],
    ['matches a mapped address', { ip: '192.0.2.0/24' }, { ip: '::ffff:192.0.2.9' }, true],
    ['with an ip matches no client without', { ip: '0.0.0.0/0' }, { ip: undefined }, false],
    ['puts the account in', { name: '${account}/*' }, { account: 'bob', name: 'bob/a' }, true],
    ['puts the account in a regex', { name: '/^${account}_.*/' }, { account: 'bob', name: 'bob_x' }, true],
    [
      'puts type, name and service in',
      { account: '${type}-${name}-${service}' },
      { account: 'repository-app-registry' },
      true,
    ],
    ['puts an empty account in', { name: '${account}/a' }, { name: '/a' }, true],
    ['takes /…/ of nothing for a glob', { name: '/${account}/' }, { name: 'a' }, false],
    ['takes /…/ of nothing for the glob //', { name: '/${account}/' }, { name: '//' }, true],
    ['that is no regex with its value doesn’t match', { name: '/a*${account}*/' }, { name: 'a' }, false],
    ['quotes values', { name: '/^${account}_/' }, { account: '.*', name: 'foo_x' }, false],
    ['puts values in once', { name: '${account}' }, { account: '${type}', name: 'repository' }, false],
    [
      'leaves what is no placeholder',
      { name: '${user}${account' },
      { account: 'a', name: '${user}${account' },
      true,
    ],
    ['puts a value in next to a $', { name: '$${account}' }, { account: 'a', name: '$a' }, true],
    [
      'puts groups in',
      { account: '/^(.+)@test\\.com$/', name: '${account:1}/*' },
      { account: 'jo@test.com', name: 'jo/a' },
      true,
    ],
    [
      'puts groups of another field in',
      { name: '/^(\\w+)/', account: '${name:1}' },
      { account: 'app', name: 'app/x' },
      true,
    ],
    [
      'knows fields with a capital',
      { account: '/(.)/', name: '${Account:1}' },
      { account: 'a', name: 'a' },
      true,
    ],
    [
      'knows numbers of groups with zeros',
      { account: '/(.)/', name: '${account:01}' },
      { account: 'a', name: 'a' },
      true,
    ],
    [
      'puts a group in that took no part',
      { account: '/(x)?a/', name: '${account:1}b' },
      { account: 'a', name: 'b' },
      true,
    ],
    [
      'leaves a group that isn’t there',
      { account: '/(.)/', name: '${account:2}' },
      { account: 'a', name: '${account:2}' },
      true,
    ],
    [
      'leaves group 0',
      { account: '/(.)/', name: '${account:0}' },
      { account: 'a', name: '${account:0}' },
      true,
    ],
    [
      'leaves a group of a glob',
      { account: '*', name: '${account:1}' },
      { account: 'a', name: '${account:1}' },
      true,
    ],
    ['leaves a group of a missing field', { name: '${type:1}' }, { name: '${type:1}' }, true],
    [
      'loses a group after another placeholder',
      { account: '/(.)/', name: '${type}/${account:1}' },
      { account: 'a', name: 'repository/a' },
      false,
    ],
    [
      'finds it again by another field',
      { account: '/(.)/', service: '*${account:1}*', name: '${type}/${account:1}' },
      { account: 'r', name: 'repository/r' },
      true,
    ],
    ['lets a quantifier take away the end of a fixed start', { name: '/^ab?c/' }, { name: 'ac' }, true],
    ['lets alternatives start otherwise', { name: '/^ab|c/' }, { name: 'c' }, true],
    ['lets flags change a fixed start', { name: '/(?i)^ab/' }, { name: 'AB' }, true],
    [
      'lets a quantifier stand after a value',
      { name: '/^x${account}?y$/' },
      { account: 'ab', name: 'xay' },
      true,
    ],
    ['lets a quantifier find no value before it', { name: '/^xz${account}?y$/' }, { name: 'xy' }, true],
    [
      'lets it stand after the next value',
      { name: '/^${type}${account}?y$/' },
      { type: 'ab', name: 'ay' },
      true,
    ],
    ['lets a group be left out with its value', { name: '/^(${type}-)?x$/' }, { name: 'x' }, true],
    ['lets alternatives leave a value out', { name: '/${type}|x/' }, { name: 'x' }, true],
    ['lets flags change a value', { name: '/(?i)^${account}$/' }, { account: 'ab', name: 'AB' }, true],
    [
      'takes a value in a class for its characters',
      { name: '/^[${account}]$/' },
      { account: 'ab', name: 'b' },
      true,
    ],
    ['the same in a glob', { name: '[${account}]*' }, { account: 'ab', name: 'bx' }, true],
    ['puts a value into \\Q…\\E', { name: '/^\\Qx.${account}\\E$/' }, { account: 'ab', name: 'x.ab' }, true],
    ['puts a label in beside a class', { name: '/^[a-c]${labels:group}$/' }, { name: 'bVIP', labels }, true],
    ['matches one of a label’s values', { labels: { group: 'a*' } }, { labels }, true],
    ['matches a label by a regex', { labels: { group: '/^(VIP|x)$/' } }, { labels }, true],
    ['wants each label', { labels: { group: '*', other: '*' } }, { labels }, false],
    ['wants a value of a label', { labels: { none: '*' } }, { labels }, false],
    [
      'puts values into a label’s pattern',
      { labels: { group: '${account}s' } },
      { account: 'admin', labels },
      true,
    ],
    [
      'puts groups into a label’s pattern that a field names',
      { account: '/^(.)/', name: '${account:1}*', labels: { group: '${account:1}dmins' } },
      { account: 'a', labels },
      true,
    ],
    [
      'doesn’t put groups there that no field names',
      { account: '/^(.)/', labels: { group: '${account:1}dmins' } },
      { account: 'a', labels },
      false,
    ],
    ['puts no labels into a label’s pattern', { labels: { group: '${labels:group}' } }, { labels }, false],
    ['puts labels in', { name: '${labels:group}/*' }, { name: 'VIP/a', labels }, true],
    ['puts labels in a regex', { name: '/^${labels:group}-/' }, { name: 'VIP-a', labels }, true],
    ['combines labels', { name: '${labels:group}-${labels:project}' }, { name: 'VIP-web', labels }, true],
    [
      'puts the same value in twice',
      { name: '${labels:group}-${labels:group}' },
      { name: 'VIP-VIP', labels },
      true,
    ],
    [
      'doesn’t mix values of one label',
      { name: '${labels:group}-${labels:group}' },
      { name: 'VIP-admins', labels },
      false,
    ],
    [
      'with a label that is empty doesn’t match',
      { name: '${labels:none}${labels:group}' },
      { name: 'VIP', labels },
      false,
    ],
    [
      'with a label that is missing doesn’t match',
      { name: '${labels:group}${labels:x}' },
      { name: 'VIP', labels },
      false,
    ],
    [
      'leaves a label that is missing',
      { name: '${labels:x}/${labels:group}' },
      { name: '${labels:x}/VIP', labels },
      true,
    ],
    [
      'matches the placeholder’s own text first',
      { name: '${labels:group}' },
      { name: '${labels:group}', labels },
      true,
    ],
    ['knows a label 1 from a group', { name: '${labels:1}' }, { name: 'one', labels }, true],
    [
      'puts values in where a label’s name would stand',
      { name: '${labels:${account}}' },
      { account: 'group', name: '${labels:group}', labels },
      true,
    ],
    [
      'knows no labels but the request’s own',
      { name: '${labels:constructor}', labels: { toString: '*' } },
      { labels },
      false,
    ],
  ];
  test.each(cases)('%s', (_sentence, match, request, expected) => {
    expect(matches(match, request)).toBe(expected);
  });
});

describe('work', () => {
  const groups = Array.from({ length: 1_000 }, (_, index) => `g${index}`);
  const labels = { a: groups, b: groups, c: groups };

  test('is spared where a name contains few of the labels’ values', () => {
    const match = { name: '${labels:a}-${labels:b}-${labels:c}/*' };
    expect(decideOne(match, { name: 'g17-g999-g0/x', labels })).toMatchObject({ rule: { index: 0 } });
    expect(decideOne({ name: '/^${labels:a}-${labels:b}$/' }, { name: 'g17-g9', labels }).rule).toBeDefined();
    expect(decideOne(match, { name: 'g17-g999-x/x', labels })).toEqual({ actions: [], rule: undefined });
  });

  test('has a limit, beyond which nothing is granted by any rule and the decision says so', () => {
    const rules = compileRules([
      { match: { name: '/(${labels:a}|${labels:b})x/' }, actions: [], comment: 'denies' },
      { match: {}, actions: ['*'] },
    ]);
    expect(decide(rules, { ...nobody, labels })).toEqual({
      actions: [],
      rule: { index: 0, comment: 'denies' },
      undecided: 'too many combinations of labels to try',
    });
  });

  test('is none where one of the labels has no values', () => {
    const match = { name: '/(${labels:none}|${labels:a}|${labels:b}|${labels:c})x/' };
    expect(decideOne(match, { labels: { ...labels, none: [] } })).toEqual({ actions: [], rule: undefined });
    // Going through the other labels' combinations takes far longer than a test may.
  }, 10_000);
});
