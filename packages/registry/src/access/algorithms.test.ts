import { createHmac, generateKeyPairSync } from 'node:crypto';
import {
  base64Url,
  claims,
  makeKey,
  NOW,
  signToken,
  TEST_ALGORITHMS,
  tokenOf,
} from '../../test/access-support.ts';
import { ES256, faultOf, KEYS, keyFor, messageOf, RS256, verified } from '../../test/access-tokens.ts';
import type { TrustedKey } from './trusted-keys.ts';

describe('the signature', () => {
  it.each(TEST_ALGORITHMS)('is verified for %s', (alg) => {
    const token = verified(tokenOf(keyFor(alg)));
    expect(token).toEqual({
      account: 'alice',
      access: [{ type: 'repository', name: 'a/b', actions: ['pull', 'push'] }],
      validUntilMs: (NOW + 300 + 60) * 1000,
    });
  });

  it.each(TEST_ALGORITHMS)('of another key under a trusted kid is refused for %s', (alg) => {
    const foreign = { ...makeKey(alg), kid: keyFor(alg).kid };
    expect(faultOf(tokenOf(foreign))).toEqual({ reason: 'signature', kid: foreign.kid, alg });
    expect(messageOf(tokenOf(foreign))).toBe(
      `the token's signature (${alg}) is not that of the key "${foreign.kid}"`,
    );
  });

  it('fits no algorithm but those of its key', () => {
    for (const key of KEYS.values()) {
      for (const alg of TEST_ALGORITHMS) {
        if (alg === key.alg || (alg.startsWith('RS') && key.alg.startsWith('RS'))) continue;
        const hash = key.alg === 'EdDSA' ? null : `sha${alg.slice(2) === 'DSA' ? '256' : alg.slice(2)}`;
        const token = signToken({ alg, kid: key.kid }, claims(), key.privateKey, hash);
        expect(faultOf(token)).toMatchObject({ reason: 'key-mismatch', alg, kid: key.kid });
      }
    }
    expect(messageOf(signToken({ alg: 'ES256', kid: 'key-RS256' }, claims(), RS256.privateKey))).toBe(
      'the token\'s alg ES256 does not fit the key "key-RS256" (rsa, 2048 bits)',
    );
  });

  it('over another hash than the one named is refused', () => {
    const token = signToken({ alg: 'RS512', kid: RS256.kid }, claims(), RS256.privateKey, 'sha256');
    expect(faultOf(token)).toMatchObject({ reason: 'signature' });
  });

  it('with an algorithm that the key is not trusted for is refused, also where it would fit', () => {
    const keys: readonly TrustedKey[] = [{ kid: 'k', key: RS256.publicKey, algorithms: ['RS512', 'ES256'] }];
    expect(faultOf(signToken({ alg: 'RS256', kid: 'k' }, claims(), RS256.privateKey), keys)).toMatchObject({
      reason: 'key-mismatch',
    });
    expect(faultOf(signToken({ alg: 'RS512', kid: 'k' }, claims(), RS256.privateKey), keys)).toBeUndefined();
  });

  it('of an RSA key under 2048 bits is refused', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const token = signToken({ alg: 'RS256', kid: 'short' }, claims(), privateKey);
    expect(messageOf(token, [{ kid: 'short', key: publicKey }])).toBe(
      'the token\'s alg RS256 does not fit the key "short" (rsa, 1024 bits)',
    );
  });

  it('in DER form, which JOSE has not, is refused', () => {
    const [header, payload, signature = ''] = tokenOf(ES256).split('.');
    const raw = Buffer.from(signature, 'base64url');
    const integer = (bytes: Buffer) => {
      const content = Buffer.concat([Buffer.from([0]), bytes]);
      return Buffer.concat([Buffer.from([2, content.length]), content]);
    };
    const content = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
    const der = Buffer.concat([Buffer.from([0x30, content.length]), content]);
    expect(faultOf([header, payload, base64Url(der)].join('.'))).toMatchObject({ reason: 'signature' });
  });
});

describe('the alg', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'no\u200bne', '', 'ＮＯＮＥ'])(
    'none is refused, spelt %j, with and without a signature',
    (alg) => {
      const signed = signToken({ alg, kid: ES256.kid }, claims(), ES256.privateKey, 'sha256');
      const [header, payload] = signed.split('.');
      expect(faultOf(signed)).toMatchObject({ reason: 'algorithm' });
      expect(faultOf(`${header}.${payload}.`)).toMatchObject({ reason: 'malformed' });
      expect(faultOf(`${header}.${payload}`)).toMatchObject({ reason: 'malformed' });
      expect(faultOf(`${header}.${payload}.AA`)).toMatchObject({ reason: 'algorithm' });
    },
  );

  it.each(['HS256', 'HS384', 'HS512'])('%s with the public key as the secret is refused', (alg) => {
    for (const key of KEYS.values()) {
      const secrets = [
        key.publicKey.export({ type: 'spki', format: 'pem' }),
        key.publicKey.export({ type: 'spki', format: 'der' }),
        JSON.stringify(key.publicKey.export({ format: 'jwk' })),
        '',
      ];
      for (const secret of secrets) {
        const signed = `${base64Url(JSON.stringify({ alg, kid: key.kid }))}.${base64Url(JSON.stringify(claims()))}`;
        const mac = createHmac(`sha${alg.slice(2)}`, secret)
          .update(signed)
          .digest();
        expect(faultOf(`${signed}.${base64Url(mac)}`)).toMatchObject({ reason: 'algorithm', alg });
      }
    }
  });

  it.each([
    'PS256',
    'ES256K',
    'es256',
    'RS1',
    'constructor',
    '__proto__',
    'toString',
    'Ed448',
    'x'.repeat(5000),
  ])('an alg that is not in the table is refused (%#), and the message says what is accepted', (alg) => {
    const token = signToken({ alg, kid: ES256.kid }, claims(), ES256.privateKey, 'sha256');
    expect(faultOf(token)).toMatchObject({ reason: 'algorithm' });
    expect(messageOf(token)).toMatch(/^the token's alg is ".{1,101}"; accepted are ES256, ES384, .*EdDSA$/);
  });

  it.each([1, null, true, ['ES256'], { ES256: 1 }])('that is no string (%j) is refused', (alg) => {
    const token = signToken({ alg, kid: ES256.kid }, claims(), ES256.privateKey, 'sha256');
    expect(faultOf(token)).toMatchObject({ reason: 'malformed' });
  });
});
