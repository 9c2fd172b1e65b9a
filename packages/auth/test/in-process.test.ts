// The two functions that a registry in the same process is handed: password -> grant, (account, name) -> may pull.
import { parseScopes } from '@berth/acl';
import { closeAll, hashOf, house, temporaryFile } from './support.ts';

afterEach(closeAll);

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the rules' own placeholders
const RULES = [
  { match: { name: 'secret/*' }, actions: [] },
  { match: { labels: { group: 'ops' } }, actions: ['*'] },
  { match: { account: '/.+/', name: '${account}/*' }, actions: ['*'] },
  { match: { name: 'inbox/*' }, actions: ['push'] },
  { match: { service: 'other' }, actions: ['pull'] },
  { match: { ip: '192.0.2.0/24' }, actions: ['pull'] },
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the rules' own placeholders

const built = () =>
  house({
    rules: RULES,
    users: {
      '': {},
      alice: { passwordHash: hashOf('wonderland') },
      olga: { passwordHash: hashOf('x'), labels: { group: ['ops'] } },
    },
  });

const ASK = { account: 'alice', password: 'wonderland', address: '203.0.113.1', service: 'registry' };

describe('grantForPassword', () => {
  test('grants for a right password what a token would hold', async () => {
    const scopes = parseScopes(['repository:alice/a:pull,push repository(plugin):b:pull']);
    expect(await built().auth.grantForPassword({ ...ASK, scopes })).toEqual({
      outcome: 'granted',
      account: 'alice',
      access: [
        { type: 'repository', name: 'alice/a', actions: ['pull', 'push'] },
        { type: 'repository', name: 'b', actions: [] },
      ],
    });
  });

  test('refuses a wrong password and an unknown account', async () => {
    const { auth } = built();
    expect(await auth.grantForPassword({ ...ASK, password: 'x', scopes: [] })).toEqual({
      outcome: 'refused',
    });
    expect(await auth.grantForPassword({ ...ASK, account: 'bob', scopes: [] })).toEqual({
      outcome: 'refused',
    });
  });

  test('sees labels, service and address', async () => {
    const { auth } = built();
    const granted = async (changes: Partial<typeof ASK>) => {
      const answer = await auth.grantForPassword({
        ...ASK,
        ...changes,
        scopes: parseScopes(['repository:b:pull']),
      });
      return answer.outcome === 'granted' && answer.access[0]?.actions;
    };
    expect(await granted({})).toEqual([]);
    expect(await granted({ account: 'olga', password: 'x' })).toEqual(['pull']);
    expect(await granted({ service: 'other' })).toEqual(['pull']);
    expect(await granted({ address: '192.0.2.1' })).toEqual(['pull']);
    expect(await granted({ address: 'unix socket' })).toEqual([]);
  });
});

describe('mayPull', () => {
  test.each([
    ['alice', 'alice/a', true],
    ['alice', 'bob/a', false],
    ['', 'alice/a', false],
    ['olga', 'anything', true],
    ['olga', 'secret/a', false],
    ['alice', 'inbox/a', false],
    ['deleted', 'deleted/a', true],
  ])('%s may pull %s: %s', (account, name, expected) => {
    const ask = { account, name, address: '203.0.113.1', service: 'registry' };
    expect(built().auth.mayPull(ask)).toBe(expected);
  });

  test('sees service and address', () => {
    const { auth } = built();
    const ask = { account: '', name: 'a', address: '203.0.113.1', service: 'registry' };
    expect(auth.mayPull(ask)).toBe(false);
    expect(auth.mayPull({ ...ask, service: 'other' })).toBe(true);
    expect(auth.mayPull({ ...ask, address: '192.0.2.1' })).toBe(true);
  });

  test('knows accounts of the htpasswd file', () => {
    const { auth } = house({ rules: RULES, htpasswdFile: temporaryFile(`bob:${hashOf('x')}\n`) });
    expect(auth.mayPull({ account: 'bob', name: 'bob/a', address: '', service: '' })).toBe(true);
  });
});
