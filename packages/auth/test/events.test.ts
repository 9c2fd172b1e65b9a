// What an observer is told of each request, and what never.
import type { TokenEvent } from '../src/index.ts';
import { closeAll, type House, hashOf, house } from './support.ts';

afterEach(closeAll);

const HASH = hashOf('wonderland');
const RULES = [
  { match: { name: 'alice/*' }, actions: ['pull'], comment: 'her own' },
  { match: { name: 'secret' }, actions: [] },
];

const observed = () => house({ rules: RULES, users: { alice: { passwordHash: HASH } } });

function onlyEvent({ events }: House): TokenEvent {
  const [event, ...others] = events;
  expect(others).toEqual([]);
  if (event?.kind !== 'token') throw new Error('no token event');
  return event;
}

test('a granted request: who, from where, what was asked and granted, by which rules', async () => {
  const built = observed();
  const query =
    'service=registry&client_id=docker&offline_token=1&scope=repository:alice/a:pull,push&scope=repository:x:pull';
  const get = built.client
    .get(`/auth/token?${query}&scope=repository:secret:pull`)
    .set('User-Agent', 'docker/1');
  await get.auth('alice', 'wonderland').expect(200);
  expect(onlyEvent(built)).toEqual({
    kind: 'token',
    method: 'GET',
    path: '/auth/token',
    address: '127.0.0.1',
    userAgent: 'docker/1',
    account: 'alice',
    service: 'registry',
    clientId: 'docker',
    credentials: 'basic',
    scopes: ['repository:alice/a:pull,push', 'repository:x:pull', 'repository:secret:pull'],
    granted: [
      { type: 'repository', name: 'alice/a', actions: ['pull'] },
      { type: 'repository', name: 'x', actions: [] },
      { type: 'repository', name: 'secret', actions: [] },
    ],
    decisions: [
      { scope: 'repository:alice/a:pull,push', granted: ['pull'], rule: { index: 0, comment: 'her own' } },
      { scope: 'repository:x:pull', granted: [], rule: undefined },
      { scope: 'repository:secret:pull', granted: [], rule: { index: 1, comment: undefined } },
    ],
    offline: true,
    outcome: 'granted',
    status: 200,
    message: undefined,
    retryAfterSeconds: undefined,
    durationMs: 0,
    cause: undefined,
  });
});

test('a refused request: who it said it was, and what it was told', async () => {
  const built = observed();
  await built.client.get('/auth?service=registry').auth('alice', 'guess').expect(401);
  expect(onlyEvent(built)).toMatchObject({
    account: 'alice',
    credentials: 'basic',
    outcome: 'UNAUTHORIZED',
    status: 401,
    message: 'wrong account or password',
    granted: [],
  });
});

test('a bad request: as far as it was understood', async () => {
  const built = observed();
  await built.client.get('/auth?scope=nonsense').auth('alice', 'wonderland').expect(400);
  expect(onlyEvent(built)).toMatchObject({
    account: undefined,
    scopes: [],
    outcome: 'INVALID_REQUEST',
    status: 400,
  });
});

test('a request by refresh token: whose it is', async () => {
  const built = observed();
  const { body } = await built.client.get('/auth?service=r&offline_token=true').auth('alice', 'wonderland');
  built.events.splice(0);
  const grant = {
    grant_type: 'refresh_token',
    refresh_token: body.refresh_token,
    service: 'r',
    client_id: 'c',
  };
  await built.client.post('/auth').send(new URLSearchParams(grant).toString()).expect(200);
  expect(onlyEvent(built)).toMatchObject({
    account: 'alice',
    credentials: 'refresh_token',
    method: 'POST',
    offline: false,
  });
});

test('names from outside are cut to 256 characters', async () => {
  const built = observed();
  const long = 'a'.repeat(1000);
  await built.client
    .get(`/auth?service=${long}&client_id=${long}`)
    .auth(long, 'x')
    .set('User-Agent', long)
    .expect(401);
  const { account, service, clientId, userAgent } = onlyEvent(built);
  for (const text of [account, service, clientId, userAgent]) expect(text).toBe('a'.repeat(256));
});

test('no password, hash or token is ever in an event, an error or an answer that is not its own', async () => {
  const built = observed();
  const secret = 'hunter2-geheim';
  const form = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();
  const grant = { service: 'registry', client_id: 'c' };
  const answers = [
    await built.client.get('/auth').auth('alice', secret),
    await built.client.get(`/auth?password=${secret}`).auth('bob', secret),
    await built.client.get('/auth').set('Authorization', `Basic ${secret}`),
    await built.client.post('/auth').send(form({ username: 'alice', password: secret })),
    await built.client
      .post('/auth')
      .send(form({ ...grant, grant_type: 'password', username: 'alice', password: secret })),
    await built.client
      .post('/auth')
      .send(form({ ...grant, grant_type: 'refresh_token', refresh_token: secret })),
    await built.client.post(`/auth?password=${secret}`).send(form(grant)),
    await built.client.post('/auth').send(`password=${secret}&password=${secret}2&username=alice`),
    await built.client
      .post('/auth')
      .set('Content-Type', 'application/json')
      .send(JSON.stringify({ password: secret })),
  ];
  const { body } = await built.client
    .get('/auth?offline_token=true&service=r')
    .auth('alice', 'wonderland')
    .expect(200);
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 400, 400, 415]);
  const told = JSON.stringify([built.events, answers.map(({ body: answer, headers }) => [answer, headers])]);
  for (const hidden of [secret, HASH, 'wonderland', body.token, body.refresh_token])
    expect(told).not.toContain(hidden);
});

test('an event that nobody looks at is not made', async () => {
  const built = house({ isObserved: (status) => status !== 200 });
  await built.client.get('/auth').auth('alice', 'wonderland').expect(200);
  await built.client.get('/auth').auth('alice', 'guess').expect(401);
  expect(built.events).toMatchObject([{ status: 401 }]);
});
