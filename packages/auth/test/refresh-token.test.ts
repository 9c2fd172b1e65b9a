// Refresh tokens: what docker keeps instead of a password (oauth.md, token.md's offline_token).
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { closeAll, decode, type House, hashOf, house, temporaryFile } from './support.ts';

afterEach(closeAll);

const HASH = hashOf('wonderland');
const SECRET = randomBytes(32);
const DAY_MS = 24 * 3600 * 1000;

const persistent = (options: Parameters<typeof house>[0] = {}) =>
  house({ users: { alice: { passwordHash: HASH } }, refreshTokens: { secret: SECRET }, ...options });

/** As docker login asks. */
async function login(
  { client }: House,
  account = 'alice',
  password = 'wonderland',
  service = 'registry',
): Promise<string> {
  const query = new URLSearchParams({ account, client_id: 'docker', offline_token: 'true', service });
  const { body } = await client.get(`/auth?${query}`).auth(account, password).expect(200);
  return body.refresh_token;
}

const refresh = ({ client }: House, refreshToken: string, changes: Record<string, string> = {}) =>
  client.post('/auth').send(
    new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      service: 'registry',
      client_id: 'docker',
      ...changes,
    }).toString(),
  );

describe('a refresh token', () => {
  test('is given on GET for offline_token=true, and gets tokens without a password', async () => {
    const built = persistent();
    const refreshToken = await login(built);
    expect(refreshToken).toEqual(expect.any(String));
    const { body } = await refresh(built, refreshToken, { scope: 'repository:a:pull' }).expect(200);
    expect(Object.keys(body)).toEqual(['token', 'access_token', 'expires_in', 'issued_at', 'scope']);
    expect(body.scope).toBe('repository:a:pull');
    expect(decode(body.token).claims).toMatchObject({
      sub: 'alice',
      aud: 'registry',
      access: [{ type: 'repository', name: 'a', actions: ['pull'] }],
    });
  });

  test('is neither given nor taken where there are none', async () => {
    const refreshToken = await login(persistent());
    const without = persistent({ refreshTokens: { secret: SECRET, lifetimeSeconds: 0 } });
    expect(await login(without)).toBeUndefined();
    await refresh(without, refreshToken).expect(401);
  });

  test('is given on POST for access_type=offline', async () => {
    const built = persistent();
    const grant = { grant_type: 'password', username: 'alice', password: 'wonderland', service: 'registry' };
    const form = new URLSearchParams({ ...grant, client_id: 'c', access_type: 'offline' }).toString();
    const { body } = await built.client.post('/auth').send(form).expect(200);
    await refresh(built, body.refresh_token).expect(200);
  });

  test.each(['', '?offline_token=false', '?offline_token=0', '?offline_token='])(
    'is not given unasked (%s)',
    async (query) => {
      const { client } = persistent();
      const { body } = await client.get(`/auth${query}`).auth('alice', 'wonderland').expect(200);
      expect(body).not.toHaveProperty('refresh_token');
    },
  );

  test('is not given to the anonymous account', async () => {
    const { client } = persistent({ users: { '': {} } });
    const { body } = await client.get('/auth?offline_token=true').expect(200);
    expect(body).not.toHaveProperty('refresh_token');
  });

  test('comes back as it is when a refresh asks for it, as the specification has it', async () => {
    const built = persistent();
    const refreshToken = await login(built);
    const { body } = await refresh(built, refreshToken, { access_type: 'offline' }).expect(200);
    expect(body.refresh_token).toBe(refreshToken);
  });

  test('survives a restart with the same secret, and ends with the process without one', async () => {
    await refresh(persistent(), await login(persistent())).expect(200);
    const withoutSecret = () => persistent({ refreshTokens: undefined });
    const first = withoutSecret();
    const refreshToken = await login(first);
    await refresh(first, refreshToken).expect(200);
    await refresh(withoutSecret(), refreshToken).expect(401);
    await refresh(
      persistent({ refreshTokens: { secret: randomBytes(32) } }),
      await login(persistent()),
    ).expect(401);
  });

  test('ends after 90 days, or after the lifetime that is set', async () => {
    const built = persistent();
    const refreshToken = await login(built);
    built.clock.now += 90 * DAY_MS - 1;
    await refresh(built, refreshToken).expect(200);
    built.clock.now += 1;
    await refresh(built, refreshToken).expect(401);
    const brief = persistent({ refreshTokens: { secret: SECRET, lifetimeSeconds: 60 } });
    const briefToken = await login(brief);
    brief.clock.now += 60_000;
    await refresh(brief, briefToken).expect(401);
  });

  test('ends with the password: another one, a deleted account, a locked one', async () => {
    const refreshToken = await login(persistent());
    const statusWith = async (users: NonNullable<Parameters<typeof house>[0]>['users']) =>
      (await refresh(persistent({ users }), refreshToken)).status;
    expect(await statusWith({ alice: { passwordHash: HASH, labels: { group: ['new'] } } })).toBe(200);
    expect(await statusWith({ alice: { passwordHash: hashOf('wonderland') } })).toBe(401);
    expect(await statusWith({ bob: { passwordHash: HASH } })).toBe(401);
    expect(await statusWith({ alice: { passwordHash: `!${HASH}` } })).toBe(401);
    expect(await statusWith({ alice: {} })).toBe(401);
  });

  test('of an htpasswd account ends when its line changes, without a restart', async () => {
    const htpasswdFile = temporaryFile(`bob:${hashOf('secret')}\n`);
    const built = persistent({ htpasswdFile });
    const refreshToken = await login(built, 'bob', 'secret');
    await refresh(built, refreshToken).expect(200);
    writeFileSync(htpasswdFile, `bob:${hashOf('another secret')}\n`);
    built.clock.now += 1000;
    await refresh(built, refreshToken).expect(401);
  });

  test('is for one service', async () => {
    const built = persistent();
    const refreshToken = await login(built);
    await refresh(built, refreshToken, { service: 'other' }).expect(401);
  });

  test('gives what the rules give today, with the labels of today', async () => {
    const rules = [{ match: { labels: { group: 'ops' } }, actions: ['*'] }];
    const refreshToken = await login(persistent({ rules }));
    const promoted = persistent({
      rules,
      users: { alice: { passwordHash: HASH, labels: { group: ['ops'] } } },
    });
    const { body } = await refresh(promoted, refreshToken, { scope: 'repository:a:push' }).expect(200);
    expect(body.scope).toBe('repository:a:push');
  });

  test('is no access token, and an access token is no refresh token', async () => {
    const built = persistent();
    const { body } = await built.client.get('/auth?service=registry').auth('alice', 'wonderland');
    await refresh(built, body.token).expect(401);
  });
});

test('a refresh token that is not valid is a 401 invalid_grant that docker shows and others fall back on', async () => {
  const response = await refresh(persistent(), 'nonsense').expect(401);
  const message = 'the refresh token is not valid or no longer so; log in again';
  expect(response.headers['www-authenticate']).toBe('Basic realm="test issuer"');
  expect(response.body).toEqual({
    error: 'invalid_grant',
    error_description: message,
    errors: [{ code: 'UNAUTHORIZED', message }],
  });
});

test.each(['', '.', '..', 'e30.', 'bnVsbA.x', 'WzFd.x', 'x'.repeat(10_000)])(
  'nonsense is refused: %#',
  async (nonsense) => {
    await refresh(persistent(), nonsense).expect(nonsense === '' ? 400 : 401);
  },
);

test('a missing refresh_token is a 400 that names it', async () => {
  const { client } = persistent();
  const response = await client
    .post('/auth')
    .send('grant_type=refresh_token&service=a&client_id=b')
    .expect(400);
  expect(response.body.error_description).toBe('refresh_token: it is missing');
});

test('no letter of it may be changed, and nothing put after it', async () => {
  const built = persistent();
  const refreshToken = await login(built);
  const [payload = '', signature = ''] = refreshToken.split('.');
  const forged = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const forgery = Buffer.from(JSON.stringify({ ...forged, sub: 'admin' })).toString('base64url');
  await refresh(built, `${forgery}.${signature}`).expect(401);
  await refresh(built, `${refreshToken}.x`).expect(401);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: refreshToken.length - 2 }), async (at) => {
      // The last letter has bits that base64url does not read, so it is left out.
      const letter = refreshToken[at] === 'A' ? 'B' : 'A';
      await refresh(built, refreshToken.slice(0, at) + letter + refreshToken.slice(at + 1)).expect(401);
    }),
    { numRuns: 40 },
  );
});
