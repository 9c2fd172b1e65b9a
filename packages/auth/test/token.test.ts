// The token and the answer that carries it: distribution's docs/spec/auth/token.md and jwt.md.
import { closeAll, decode, hashOf, house, isSignedBy, START_MS } from './support.ts';

afterEach(closeAll);

const SECONDS = START_MS / 1000;

test.each(['/auth', '/auth/token', '/token'])(
  'GET %s answers a right password with a token',
  async (path) => {
    const { client } = house();
    const response = await client.get(`${path}?service=registry&account=alice`).auth('alice', 'wonderland');
    expect(response.status).toBe(200);
    expect(response.type).toBe('application/json');
    expect(response.body).toEqual({
      token: expect.any(String),
      access_token: response.body.token,
      expires_in: 900,
      issued_at: '2026-01-02T03:04:05Z',
    });
  },
);

test('the claims are those of the specification, valid from a minute ago', async () => {
  const { client } = house({ issuer: 'Acme', expirationSeconds: 300 });
  const { body } = await client
    .get('/auth?service=Docker+registry&scope=repository:a/b:pull,push')
    .auth('alice', 'wonderland');
  expect(decode(body.token).claims).toEqual({
    iss: 'Acme',
    sub: 'alice',
    aud: 'Docker registry',
    exp: SECONDS + 300,
    nbf: SECONDS - 60,
    iat: SECONDS,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    access: [{ type: 'repository', name: 'a/b', actions: ['pull', 'push'] }],
  });
});

test('the header says JWT, the algorithm and the key, and the signature holds', async () => {
  const { client, auth } = house();
  const { body } = await client.get('/auth?service=registry').auth('alice', 'wonderland');
  const [jwk] = auth.jwks().keys;
  expect(decode(body.token).header).toEqual({ typ: 'JWT', alg: 'ES256', kid: jwk?.kid });
  expect(isSignedBy(body.token, jwk ?? {})).toBe(true);
  expect(isSignedBy(body.token, house().auth.jwks().keys[0] ?? {})).toBe(false);
});

test('times are whole seconds, also between two of them', async () => {
  const built = house();
  built.clock.now = START_MS + 999;
  const { body } = await built.client.get('/auth').auth('alice', 'wonderland');
  expect(decode(body.token).claims).toMatchObject({ iat: SECONDS, nbf: SECONDS - 60, exp: SECONDS + 900 });
  expect(body.issued_at).toBe('2026-01-02T03:04:05Z');
});

test('every token has an id of its own', async () => {
  const { client } = house();
  const ids = new Set<unknown>();
  for (let n = 0; n < 5; n++) {
    const { body } = await client.get('/auth').auth('alice', 'wonderland');
    ids.add(decode(body.token).claims['jti']);
  }
  expect(ids.size).toBe(5);
});

test('without a scope, as docker login asks, access is an empty list', async () => {
  const { client } = house();
  const { body } = await client.get('/auth?service=registry').auth('alice', 'wonderland');
  expect(decode(body.token).claims['access']).toEqual([]);
});

test('without a service the audience is empty, as in docker_auth', async () => {
  const { client } = house();
  const { body } = await client.get('/auth').auth('alice', 'wonderland');
  expect(decode(body.token).claims['aud']).toBe('');
});

test('no answer may be kept, be it a token or an error', async () => {
  const { client } = house();
  const answers = [
    await client.get('/auth').auth('alice', 'wonderland'),
    await client.get('/auth').auth('alice', 'nonsense'),
    await client.get('/auth?scope=nonsense').auth('alice', 'wonderland'),
    await client.post('/auth').send('grant_type=nonsense'),
    await client.put('/auth'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 400, 400, 405]);
  for (const { headers } of answers) expect(headers['cache-control']).toBe('no-store');
});

test.each(['a', 'jürgen', '港', '\u{1f6a2}'])('an answer with %s in it arrives whole', async (name) => {
  const { client } = house();
  const grant = { grant_type: 'password', username: 'alice', password: 'wonderland' };
  const asked = { ...grant, service: 'registry', client_id: 'c', scope: `repository:${name}:pull` };
  const { body } = await client.post('/auth').send(new URLSearchParams(asked).toString()).expect(200);
  expect(body.scope).toBe(`repository:${name}:pull`);
  expect(decode(body.token).claims['access']).toMatchObject([{ name }]);
});

test('HEAD is answered as GET without a body', async () => {
  const { client } = house();
  const response = await client.head('/auth').auth('alice', 'wonderland');
  expect(response.status).toBe(200);
  expect(response.text).toBeUndefined();
});

test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)('%s is not allowed', async (method) => {
  const { app } = house();
  const { default: request } = await import('supertest');
  const verb = { PUT: 'put', DELETE: 'delete', PATCH: 'patch', OPTIONS: 'options' } as const;
  const response = await request(app)[verb[method]]('/auth');
  expect(response.status).toBe(405);
  expect(response.headers['allow']).toBe('GET, HEAD, POST');
  expect(response.body.errors[0].code).toBe('UNSUPPORTED');
});

test('with a path prefix the paths are below it and nowhere else', async () => {
  const { client } = house({ pathPrefix: '/token.server(1)/v2' });
  await client.get('/token.server(1)/v2/auth').auth('alice', 'wonderland').expect(200);
  await client.get('/token.server(1)/v2/auth/jwks.json').expect(200);
  await client.get('/tokenXserver1/v2/auth').auth('alice', 'wonderland').expect(404);
  await client.get('/auth').auth('alice', 'wonderland').expect(404);
});

test('other paths are left to whoever comes next', async () => {
  const { client, events } = house();
  for (const path of ['/', '/auth/', '/AUTH', '/auth/x', '/tokens', '/v2/'])
    await client.get(path).expect(404);
  expect(events).toEqual([]);
});

test.each([
  [{ issuer: '' }, 'issuer: it is empty'],
  [{ expirationSeconds: 0 }, 'expirationSeconds: 0 is not a whole number above 0'],
  [{ expirationSeconds: 1.5 }, 'expirationSeconds: 1.5'],
  [{ pathPrefix: 'auth' }, 'pathPrefix: "auth" does not begin with a slash'],
  [{ refreshTokens: { secret: new Uint8Array(31) } }, 'less than 32 bytes'],
  [{ users: { bob: { passwordHash: 'plain' } } }, 'users: the password of "bob" is not a bcrypt hash'],
  [{ users: { bob: { passwordHash: hashOf('x').slice(1) } } }, '"htpasswd -nB bob" makes one'],
])('options that no token server can be made of are refused: %j', (options, message) => {
  expect(() => house(options)).toThrow(message);
});

test('a refused option is not quoted where it may be a password', () => {
  expect(() => house({ users: { bob: { passwordHash: 'hunter2' } } })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2'), account: 'bob' }),
  );
});
