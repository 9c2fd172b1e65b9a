// POST: OAuth2 (distribution's docs/spec/auth/oauth.md, RFC 6749) and docker_auth's form without a grant type.
import { closeAll, decode, house, START_MS } from './support.ts';

afterEach(closeAll);

const form = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();
const PASSWORD = {
  grant_type: 'password',
  username: 'alice',
  password: 'wonderland',
  service: 'registry',
  client_id: 'test',
};

/** `PASSWORD` with one parameter changed or left out. */
function passwordGrant(changes: Record<string, string | undefined>): string {
  const parameters = Object.entries({ ...PASSWORD, ...changes });
  return form(
    Object.fromEntries(parameters.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  );
}

describe('the password grant', () => {
  test.each(['/auth', '/auth/token', '/token'])(
    'gets a token at %s, and hears what was granted',
    async (path) => {
      const rules = [{ match: { name: 'alice/*' }, actions: ['*'] }];
      const { client } = house({ rules });
      const scope = 'repository:alice/app:pull,push repository:bob/app:pull';
      const { body } = await client.post(path).send(passwordGrant({ scope })).expect(200);
      expect(body).toEqual({
        token: body.access_token,
        access_token: expect.any(String),
        expires_in: 900,
        issued_at: '2026-01-02T03:04:05Z',
        scope: 'repository:alice/app:pull,push',
      });
      expect(decode(body.access_token).claims).toMatchObject({
        sub: 'alice',
        aud: 'registry',
        iat: START_MS / 1000,
        access: [
          { type: 'repository', name: 'alice/app', actions: ['pull', 'push'] },
          { type: 'repository', name: 'bob/app', actions: [] },
        ],
      });
    },
  );

  test('has an empty scope in its answer where none is asked for', async () => {
    const { client } = house();
    const { body } = await client.post('/auth').send(passwordGrant({})).expect(200);
    expect(body.scope).toBe('');
    expect(body.refresh_token).toBeUndefined();
  });

  test('with a wrong password is a 401 that docker and OAuth2 clients both can read', async () => {
    const { client } = house();
    const response = await client
      .post('/auth')
      .send(passwordGrant({ password: 'x' }))
      .expect(401);
    expect(response.headers['www-authenticate']).toBe('Basic realm="test issuer"');
    expect(response.body).toEqual({
      error: 'invalid_grant',
      error_description: 'wrong account or password',
      errors: [{ code: 'UNAUTHORIZED', message: 'wrong account or password' }],
    });
  });

  test.each(['username', 'password', 'service', 'client_id'])(
    'without %s is a 400 that names it',
    async (name) => {
      const { client } = house();
      for (const value of [undefined, '']) {
        const response = await client
          .post('/auth')
          .send(passwordGrant({ [name]: value }))
          .expect(400);
        expect(response.body.error).toBe('invalid_request');
        expect(response.body.error_description).toMatch(new RegExp(`^${name}: it is missing`));
        expect(response.body.errors[0].detail).toEqual({ parameter: name });
      }
    },
  );

  test('with an unknown access_type is a 400 that names it', async () => {
    const { client } = house();
    const response = await client
      .post('/auth')
      .send(passwordGrant({ access_type: 'forever' }))
      .expect(400);
    expect(response.body.error_description).toBe('access_type: it is "online" or "offline"');
  });

  test('takes its scopes from one parameter or several', async () => {
    const { client } = house();
    const body = `${passwordGrant({ scope: 'repository:a:pull repository:b:pull' })}&scope=repository:c:pull`;
    const response = await client.post('/auth').send(body).expect(200);
    expect(response.body.scope).toBe('repository:a:pull repository:b:pull repository:c:pull');
  });

  test.each(['grant_type', 'username', 'password', 'service', 'client_id', 'access_type'])(
    'with two different values of %s is a 400 that names it, and no secret',
    async (name) => {
      const { client } = house();
      const body = `${passwordGrant({ access_type: 'online' })}&${name}=other-value`;
      const response = await client.post('/auth').send(body).expect(400);
      expect(response.body.error_description).toBe(`${name}: given more than once, with different values`);
    },
  );

  test('takes the service of a realm that has it in its query', async () => {
    const { client } = house();
    await client
      .post('/auth?service=registry')
      .send(passwordGrant({ service: undefined }))
      .expect(200);
    await client.post('/auth?service=registry').send(passwordGrant({})).expect(200);
    const response = await client.post('/auth?service=other').send(passwordGrant({})).expect(400);
    expect(response.body.error_description).toBe('service: given more than once, with different values');
  });

  test.each(['password', 'refresh_token'])(
    'with a %s in its URL is a 400 that does not repeat it',
    async (name) => {
      const { client, events } = house();
      const response = await client.post(`/auth?${name}=geheim`).send(passwordGrant({})).expect(400);
      expect(response.body.error_description).toBe(`${name}: it belongs in the form, not in the URL`);
      expect(JSON.stringify([response.body, events])).not.toContain('geheim');
    },
  );

  test('takes no username or grant type from its URL', async () => {
    const { client } = house();
    const inUrl = '/auth?username=alice&grant_type=password';
    await client
      .post(inUrl)
      .send(form({ password: 'wonderland', service: 'registry' }))
      .expect(400);
  });
});

test('an unknown grant type is refused with those there are', async () => {
  const { client } = house();
  const response = await client
    .post('/auth')
    .send(form({ grant_type: 'authorization_code', code: 'x' }))
    .expect(400);
  expect(response.body).toEqual({
    error: 'unsupported_grant_type',
    error_description: 'grant_type: it is "password" or "refresh_token"',
    errors: [
      {
        code: 'UNSUPPORTED',
        message: 'grant_type: it is "password" or "refresh_token"',
        detail: { parameter: 'grant_type' },
      },
    ],
  });
});

describe('a form without a grant type, as docker_auth takes it', () => {
  test('gets a token with username and password', async () => {
    const { client } = house();
    const body = form({
      username: 'alice',
      password: 'wonderland',
      service: 'registry',
      scope: 'repository:a:pull',
    });
    const response = await client.post('/auth').send(body).expect(200);
    expect(Object.keys(response.body)).toEqual(['token', 'access_token', 'expires_in', 'issued_at']);
    expect(decode(response.body.token).claims).toMatchObject({
      sub: 'alice',
      aud: 'registry',
      access: [{ type: 'repository', name: 'a', actions: ['pull'] }],
    });
  });

  test('gets one with Basic credentials, which go before those of the form', async () => {
    const { client } = house();
    await client.post('/auth?service=registry').auth('alice', 'wonderland').send('').expect(200);
    const body = form({ username: 'bob', password: 'x' });
    const response = await client.post('/auth').auth('alice', 'wonderland').send(body).expect(200);
    expect(decode(response.body.token).claims['sub']).toBe('alice');
  });

  test('is anonymous without either', async () => {
    const { client } = house({ users: { '': {} } });
    const response = await client.post('/auth').expect(200);
    expect(decode(response.body.token).claims['sub']).toBe('');
    await house().client.post('/auth').expect(401);
  });

  test('needs both username and password, and the account that it names', async () => {
    const { client } = house({ users: { '': {}, alice: {} } });
    const refused = async (parameters: Record<string, string>) =>
      (await client.post('/auth').send(form(parameters)).expect(400)).body.errors[0].message;
    expect(await refused({ username: 'alice' })).toBe('password: it is missing');
    expect(await refused({ password: 'x' })).toBe('username: it is missing');
    expect(await refused({ username: 'alice', password: 'x', account: 'bob' })).toBe(
      'account: user and account are not the same ("bob" and "alice")',
    );
  });

  test('is a 401 with a wrong password', async () => {
    const { client } = house();
    const response = await client
      .post('/auth')
      .send(form({ username: 'alice', password: 'x' }))
      .expect(401);
    expect(response.body.errors[0].code).toBe('UNAUTHORIZED');
  });
});
