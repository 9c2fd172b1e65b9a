import { closeAll, decode, house, isSignedBy } from './support.ts';

afterAll(closeAll);

test('a right password gets a signed token', async () => {
  const { client, auth } = house();
  const response = await client
    .get('/auth?service=registry&account=alice')
    .auth('alice', 'wonderland')
    .expect(200);
  expect(Object.keys(response.body)).toEqual(['token', 'access_token', 'expires_in', 'issued_at']);
  expect(decode(response.body.token).claims['sub']).toBe('alice');
  expect(isSignedBy(response.body.token, auth.jwks().keys[0] ?? {})).toBe(true);
});

test('a wrong password gets a challenge', async () => {
  const { client } = house();
  const response = await client.get('/auth?service=registry').auth('alice', 'nonsense').expect(401);
  expect(response.headers['www-authenticate']).toBe('Basic realm="test issuer"');
});
