// The `access` claim, entry for entry as docker_auth makes it.
import fc from 'fast-check';
import { closeAll, decode, hashOf, house } from './support.ts';

afterEach(closeAll);

const RULES = [
  { match: { name: 'open/*' }, actions: ['pull'] },
  { match: { name: 'mixed' }, actions: ['*', 'pull'] },
  { match: { labels: { group: 'ops' } }, actions: ['*'] },
  { match: { account: 'alice', name: 'alice/*', service: 'registry' }, actions: ['push', 'pull'] },
  { match: { account: '', ip: '192.0.2.0/24' }, actions: ['pull'] },
  { match: { type: 'registry', name: 'catalog' }, actions: ['*'], comment: 'the catalog' },
];

const PASSWORD_HASH = hashOf('wonderland');

function rooms() {
  return house({
    rules: RULES,
    users: {
      '': {},
      alice: { passwordHash: PASSWORD_HASH },
      olga: { passwordHash: PASSWORD_HASH, labels: { group: ['dev', 'ops'] } },
    },
    realIpHeader: 'X-Real-IP',
  });
}

interface Ask {
  readonly account?: string;
  readonly service?: string;
  readonly address?: string;
}

async function accessOf(scopes: readonly string[], ask: Ask = {}) {
  const { account = 'alice', service = 'registry', address = '203.0.113.1' } = ask;
  const { client } = rooms();
  const query = new URLSearchParams([['service', service], ...scopes.map((scope) => ['scope', scope])]);
  const get = client.get(`/auth?${query}`).set('X-Real-IP', address);
  const { body } = await (account === '' ? get : get.auth(account, 'wonderland')).expect(200);
  return decode(body.token).claims['access'];
}

test('scopes come in the order in which they were asked, with those actions that are granted', async () => {
  expect(await accessOf(['repository:alice/b:pull,push,delete', 'repository:open/a:pull,push'])).toEqual([
    { type: 'repository', name: 'alice/b', actions: ['pull', 'push'] },
    { type: 'repository', name: 'open/a', actions: ['pull'] },
  ]);
});

test('a scope with nothing granted stays, with no actions', async () => {
  expect(await accessOf(['repository:bob/x:pull', 'repository:open/a:push'])).toEqual([
    { type: 'repository', name: 'bob/x', actions: [] },
    { type: 'repository', name: 'open/a', actions: [] },
  ]);
});

test('actions are sorted', async () => {
  expect(await accessOf(['repository:alice/a:push,pull', 'registry:catalog:search,*,list'])).toEqual([
    { type: 'repository', name: 'alice/a', actions: ['pull', 'push'] },
    { type: 'registry', name: 'catalog', actions: ['*', 'list', 'search'] },
  ]);
});

test('doubles of a scope stay; doubles of an action stay where all are granted and fall together where some are', async () => {
  const scopes = ['repository:alice/a:pull,pull', 'repository:alice/a:pull,pull', 'registry:catalog:*,*'];
  expect(await accessOf(scopes)).toEqual([
    { type: 'repository', name: 'alice/a', actions: ['pull'] },
    { type: 'repository', name: 'alice/a', actions: ['pull'] },
    { type: 'registry', name: 'catalog', actions: ['*', '*'] },
  ]);
});

test('a class is read and left out: a repository(plugin) is a repository', async () => {
  expect(await accessOf(['repository(plugin):alice/a:pull'])).toEqual([
    { type: 'repository', name: 'alice/a', actions: ['pull'] },
  ]);
});

test('a star among other actions of a rule is an action like others', async () => {
  expect(await accessOf(['repository:mixed:pull,push', 'repository:mixed:*'])).toEqual([
    { type: 'repository', name: 'mixed', actions: ['pull'] },
    { type: 'repository', name: 'mixed', actions: ['*'] },
  ]);
});

test('several scopes may stand in one parameter, and a name may have a port', async () => {
  expect(
    await accessOf(['repository:open/a:pull repository:alice/b:push', 'repository:host:5000/c:pull']),
  ).toEqual([
    { type: 'repository', name: 'open/a', actions: ['pull'] },
    { type: 'repository', name: 'alice/b', actions: ['push'] },
    { type: 'repository', name: 'host:5000/c', actions: [] },
  ]);
});

test('rules see the service', async () => {
  expect(await accessOf(['repository:alice/a:pull'], { service: 'other' })).toEqual([
    { type: 'repository', name: 'alice/a', actions: [] },
  ]);
});

test('rules see the labels of a static user', async () => {
  expect(await accessOf(['repository:any/thing:pull'], { account: 'olga' })).toEqual([
    { type: 'repository', name: 'any/thing', actions: ['pull'] },
  ]);
});

test('rules see the address', async () => {
  const scopes = ['repository:any:pull'];
  expect(await accessOf(scopes, { account: '', address: '192.0.2.7' })).toMatchObject([
    { actions: ['pull'] },
  ]);
  expect(await accessOf(scopes, { account: '', address: '203.0.113.7' })).toMatchObject([{ actions: [] }]);
});

test('an empty scope parameter asks for nothing', async () => {
  expect(await accessOf([''])).toEqual([]);
});

test('however many scopes are asked for, each has its entry, at its place, with no action that was not asked', async () => {
  const name = fc.constantFrom('open/a', 'alice/a', 'mixed', 'bob/a', 'catalog');
  const type = fc.constantFrom('repository', 'registry');
  const actions = fc.array(fc.constantFrom('pull', 'push', 'delete', '*'), { minLength: 1, maxLength: 4 });
  const { client } = rooms();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(type, name, actions), { minLength: 1, maxLength: 10 }),
      async (scopes) => {
        const texts = scopes.map(([scopeType, scopeName, asked]) => [
          'scope',
          `${scopeType}:${scopeName}:${asked}`,
        ]);
        const get = client.get(`/auth?${new URLSearchParams(texts)}`).set('X-Real-IP', '203.0.113.1');
        const { body } = await get.auth('alice', 'wonderland').expect(200);
        const access = decode(body.token).claims['access'] as {
          type: string;
          name: string;
          actions: string[];
        }[];
        expect(access.map((entry) => [entry.type, entry.name])).toEqual(
          scopes.map((scope) => scope.slice(0, 2)),
        );
        for (const [index, entry] of access.entries()) {
          expect(scopes[index]?.[2]).toEqual(expect.arrayContaining(entry.actions));
          expect(entry.actions).toEqual(entry.actions.toSorted());
        }
      },
    ),
    { numRuns: 30 },
  );
});

describe('a bad scope is a 400 that names it', () => {
  test.each([
    'repository',
    'repository:a',
    'a:b:c:d:e',
    ':a:pull',
    'Repository:a:pull',
    'repository:a:pull  repository:b:pull',
  ])('%s', async (scope) => {
    const { client } = house();
    const response = await client.get(`/auth?${new URLSearchParams({ scope })}`).auth('alice', 'wonderland');
    expect(response.status).toBe(400);
    expect(response.body.errors[0]).toMatchObject({
      code: 'INVALID_REQUEST',
      detail: { parameter: 'scope' },
    });
    expect(response.body.errors[0].message).toMatch(/^scope: /);
  });

  test('more than a hundred', async () => {
    const { client } = house();
    const scopes = (count: number) =>
      Array.from({ length: count }, () => 'scope=repository:a:pull').join('&');
    await client
      .get(`/auth?${scopes(100)}`)
      .auth('alice', 'wonderland')
      .expect(200);
    const response = await client
      .get(`/auth?${scopes(101)}`)
      .auth('alice', 'wonderland')
      .expect(400);
    expect(response.body.errors[0].message).toBe('scope: more than 100 in one request');
  });

  test('it is told before the password is looked at, as in docker_auth', async () => {
    const { client } = house();
    await client.get('/auth?scope=nonsense').auth('alice', 'wrong').expect(400);
  });
});
