// The JWK Set at /auth/jwks.json.
import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { loadSigner } from '../src/index.ts';
import { certificateOf } from './certificates.ts';
import { fingerprint, keyFor, P256, pemOf, thumbprint } from './keys.ts';
import { closeAll, decode, house, START_MS } from './support.ts';

afterEach(closeAll);

describe('the JWK Set', () => {
  test('has the public key under each name that a token may give it, and may be kept a while', async () => {
    const { client, auth } = house({ signer: loadSigner({ keyPem: pemOf(P256) }) });
    const response = await client.get('/auth/jwks.json').expect(200);
    const publicKey = createPublicKey(P256).export({ format: 'jwk' });
    expect(response.type).toBe('application/json');
    expect(response.headers['cache-control']).toBe('public, max-age=300');
    expect(response.body).toEqual({
      keys: [
        { ...publicKey, alg: 'ES256', use: 'sig', kid: thumbprint(P256) },
        { ...publicKey, alg: 'ES256', use: 'sig', kid: fingerprint(P256) },
      ],
    });
    expect(auth.jwks()).toEqual(response.body);
  });

  test.each(['ES256', 'ES384', 'ES512', 'RS256'])('never has a private part (%s)', async (algorithm) => {
    const { client } = house({ signer: loadSigner({ keyPem: pemOf(keyFor(algorithm)) }) });
    const { body } = await client.get('/auth/jwks.json').expect(200);
    for (const key of body.keys) {
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(name);
    }
  });

  test('has the kid of the tokens, with and without a certificate', async () => {
    const { pem } = await certificateOf({ key: P256 });
    for (const files of [{}, { certificatePem: pem }, { certificatePem: pem, disableLegacyKeyId: true }]) {
      const { client } = house({ signer: loadSigner({ keyPem: pemOf(P256), ...files }), users: { '': {} } });
      const { kid } = decode((await client.get('/auth')).body.token).header;
      const { body } = await client.get('/auth/jwks.json');
      expect(body.keys.map((key: { kid: string }) => key.kid)).toContain(kid);
    }
  });

  test.each(['ES256', 'ES384', 'ES512', 'RS256'])(
    'verifies tokens, as jose does it (%s)',
    async (algorithm) => {
      const { client } = house({ signer: loadSigner({ keyPem: pemOf(keyFor(algorithm)) }) });
      const keys: JSONWebKeySet = (await client.get('/auth/jwks.json').expect(200)).body;
      const { body } = await client.get('/auth?service=registry').auth('alice', 'wonderland').expect(200);
      const expected = { issuer: 'test issuer', audience: 'registry', currentDate: new Date(START_MS) };
      const { payload } = await jwtVerify(body.token, createLocalJWKSet(keys), expected);
      expect(payload.sub).toBe('alice');
      const [header, claims, signature = ''] = body.token.split('.');
      const forged = `${header}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      await expect(jwtVerify(forged, createLocalJWKSet(keys), expected)).rejects.toThrow(
        'signature verification failed',
      );
    },
  );

  test('that a caller changes is its own', () => {
    const { auth } = house();
    auth.jwks().keys.pop();
    expect(auth.jwks().keys).toHaveLength(2);
  });
});
