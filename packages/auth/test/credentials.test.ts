// Who are you: Basic credentials, the anonymous account, static users.
import { compileRules } from '@berth/acl';
import { createAuth, generateSigner } from '../src/index.ts';
import { closeAll, decode, hashOf, house } from './support.ts';

afterEach(closeAll);

const basic = (text: string | Uint8Array) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('without credentials', () => {
  test('a token is for the anonymous account where it exists', async () => {
    const { client } = house({ users: { '': {} } });
    const { body } = await client.get('/auth?service=registry').expect(200);
    expect(decode(body.token).claims['sub']).toBe('');
  });

  test('it is a 401 with a Basic challenge where it does not', async () => {
    const { client } = house();
    const response = await client.get('/auth?service=registry&scope=repository:a:pull').expect(401);
    expect(response.headers['www-authenticate']).toBe('Basic realm="test issuer"');
    expect(response.body).toEqual({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
  });

  test('an anonymous account with a password is not let in either', async () => {
    const { client } = house({ users: { '': { passwordHash: hashOf('secret') } } });
    await client.get('/auth').expect(401);
    await client.get('/auth').set('Authorization', basic(':secret')).expect(200);
  });

  test('an account parameter alone lets in only an account that needs no password, as in docker_auth', async () => {
    const { client } = house({ users: { guest: {}, alice: { passwordHash: hashOf('') }, '': {} } });
    const { body } = await client.get('/auth?account=guest').expect(200);
    expect(decode(body.token).claims['sub']).toBe('guest');
    await client.get('/auth?account=alice').expect(401);
    await client.get('/auth?account=nobody').expect(401);
  });

  test('they count as no wrong password, however often they come', async () => {
    const { client } = house();
    for (let n = 0; n < 30; n++) await client.get('/auth?account=alice').expect(401);
  });

  test('an Authorization header of another scheme is none, as in docker_auth', async () => {
    const { client } = house({ users: { '': {} } });
    await client.get('/auth').set('Authorization', 'Bearer abc').expect(200);
  });
});

describe('the challenge', () => {
  test.each([
    ['Acme "auth" \\ server', 'Basic realm="Acme \\"auth\\" \\\\ server"'],
    ['zwei\r\nZeilen', 'Basic realm="zwei  Zeilen"'],
  ])('quotes the issuer %j', async (issuer, header) => {
    const { client } = house({ issuer });
    const response = await client.get('/auth').expect(401);
    expect(response.headers['www-authenticate']).toBe(header);
  });

  test('carries an issuer beyond ASCII as UTF-8', async () => {
    const { client } = house({ issuer: 'Häfen 港' });
    const response = await client.get('/auth').expect(401);
    const header = Buffer.from(String(response.headers['www-authenticate']), 'latin1').toString();
    expect(header).toBe('Basic realm="Häfen 港"');
  });
});

describe('an account', () => {
  test('must be the Basic user where both are given, as in docker_auth', async () => {
    const { client } = house();
    const response = await client.get('/auth?account=bob').auth('alice', 'wonderland').expect(400);
    expect(response.body.errors[0]).toEqual({
      code: 'INVALID_REQUEST',
      message: 'account: user and account are not the same ("bob" and "alice")',
      detail: { parameter: 'account' },
    });
  });

  test.each(['jürgen', '港', 'a b', '<token>', '__proto__', 'constructor', 'user@example.com', 'A'])(
    'may be called %s',
    async (account) => {
      const users = Object.fromEntries([[account, { passwordHash: hashOf('secret') }]]);
      const { client } = house({ users });
      const { body } = await client
        .get('/auth')
        .set('Authorization', basic(`${account}:secret`))
        .expect(200);
      expect(decode(body.token).claims['sub']).toBe(account);
    },
  );

  test.each(['__proto__', 'constructor', 'toString', 'ALICE', 'alice ', 'alice\0', ''])(
    'that does not exist is refused: %j',
    async (account) => {
      const { client } = house();
      await client
        .get('/auth')
        .set('Authorization', basic(`${account}:wonderland`))
        .expect(401);
    },
  );

  test('is told apart by its bytes: one composed, one decomposed', async () => {
    const { client } = house({ users: { 'j\u00fcrgen': { passwordHash: hashOf('secret') } } });
    await client.get('/auth').set('Authorization', basic('j\u0075\u0308rgen:secret')).expect(401);
  });
});

describe('a password', () => {
  test.each(['$2a$', '$2b$', '$2y$'])('is checked against a hash that begins with %s', async (prefix) => {
    const { client } = house({ users: { bob: { passwordHash: hashOf('secret', prefix) } } });
    await client.get('/auth').auth('bob', 'secret').expect(200);
    await client.get('/auth').auth('bob', 'Secret').expect(401);
  });

  test('that is wrong is told from an unknown account by nothing in the answer', async () => {
    const { client } = house();
    const wrong = await client.get('/auth').auth('alice', 'x').expect(401);
    const unknown = await client.get('/auth').auth('bob', 'x').expect(401);
    expect(wrong.body).toEqual({ errors: [{ code: 'UNAUTHORIZED', message: 'wrong account or password' }] });
    const withoutDate = ({ date: _, ...rest }: Record<string, unknown>) => rest;
    expect(unknown.body).toEqual(wrong.body);
    expect(withoutDate(unknown.headers)).toEqual(withoutDate(wrong.headers));
  });

  test.each(['a:b:c', ':', ' ', 'pässwörd', '港', '\u{1f6a2}', 'x'.repeat(72)])(
    'may be %s',
    async (password) => {
      const { client } = house({ users: { bob: { passwordHash: hashOf(password) } } });
      await client
        .get('/auth')
        .set('Authorization', basic(`bob:${password}`))
        .expect(200);
      await client
        .get('/auth')
        .set('Authorization', basic(`bob:${password.slice(0, -1)}`))
        .expect(401);
    },
  );

  test('of an account without a hash may be anything, as in docker_auth', async () => {
    const { client } = house({ users: { guest: { labels: {} } } });
    for (const password of ['', 'x', 'x'.repeat(5000)])
      await client.get('/auth').auth('guest', password).expect(200);
  });

  test.each(['', '!', '*', `!${hashOf('secret')}`])(
    'of a locked account (%j) is never right',
    async (passwordHash) => {
      const { client } = house({ users: { bob: { passwordHash }, alice: { passwordHash: hashOf('x') } } });
      for (const password of ['', '!', '*', 'secret', passwordHash]) {
        await client.get('/auth').auth('bob', password).expect(401);
      }
    },
  );

  test('is not its own hash', async () => {
    const passwordHash = hashOf('secret');
    const { client } = house({ users: { bob: { passwordHash } } });
    await client.get('/auth').auth('bob', passwordHash).expect(401);
  });

  test('of more than 72 bytes lets in whom docker_auth lets in: its hash was made from the first 72', async () => {
    const long = `${'ä'.repeat(36)}tail`;
    const { client } = house({ users: { bob: { passwordHash: hashOf(long) } } });
    await client
      .get('/auth')
      .set('Authorization', basic(`bob:${long}`))
      .expect(200);
    await client
      .get('/auth')
      .set('Authorization', basic(`bob:${'ä'.repeat(35)}tail`))
      .expect(401);
  });

  test('that goes on beyond 1024 bytes is wrong', async () => {
    const { client } = house({ users: { bob: { passwordHash: hashOf('x'.repeat(72)) } } });
    await client.get('/auth').auth('bob', 'x'.repeat(1024)).expect(200);
    await client.get('/auth').auth('bob', 'x'.repeat(1025)).expect(401);
  });

  test('with a NUL is wrong: bcrypt takes "a NUL a" for "a"', async () => {
    const { client } = house({ users: { bob: { passwordHash: hashOf('secret') } } });
    await client.get('/auth').set('Authorization', basic('bob:secret\0secret')).expect(401);
    await client.get('/auth').set('Authorization', basic('bob:secret\0')).expect(401);
    await client.get('/auth').auth('bob', 'secret').expect(200);
  });
});

test.each([
  ['Basic', 'it has no colon between account and password'],
  ['Basic !!!', 'it is not base64'],
  [basic('alice'), 'it has no colon between account and password'],
  [basic(Uint8Array.of(0x61, 0x3a, 0xe4)), 'it is not UTF-8'],
])(
  'a malformed Basic header (%s) is a 401 that says why, also where anonymous may come in',
  async (header, reason) => {
    const { client } = house({ users: { '': {} } });
    const response = await client.get('/auth').set('Authorization', header).expect(401);
    expect(response.headers['www-authenticate']).toBe('Basic realm="test issuer"');
    expect(response.body.errors[0].message).toBe(`the Basic credentials can't be read: ${reason}`);
  },
);

test('without any account nobody gets in', async () => {
  const { client } = house({ users: undefined });
  await client.get('/auth').expect(401);
  await client.get('/auth').auth('alice', 'wonderland').expect(401);
  await client.get('/auth').set('Authorization', basic(':')).expect(401);
});

test('a server that was never asked starts no thread and closes at once', async () => {
  const options = { issuer: 'i', expirationSeconds: 60, signer: generateSigner(), rules: compileRules([]) };
  await createAuth(options).close();
});
