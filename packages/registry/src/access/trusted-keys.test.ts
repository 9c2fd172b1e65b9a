import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { makeCertificate } from '../../test/access-certificates.ts';
import { claims, ISSUER, makeKey, NOW, SERVICE, signToken, tokenOf } from '../../test/access-support.ts';
import { namesOf } from './key-names.ts';
import { trustOf, verifyToken } from './token.ts';
import { trustedKeysFromCertificates, trustedKeysFromJwks } from './trusted-keys.ts';

const ES256 = makeKey('ES256', 'a');
const RS256 = makeKey('RS256', 'b');

function jwkOf(key: typeof ES256, members: Readonly<Record<string, unknown>> = {}): object {
  return { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, ...members };
}

describe('the names of a key', () => {
  it('are the thumbprint of RFC 7638 section 3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
    expect(namesOf(key)).toContain('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('are the thumbprint of RFC 8037 appendix A.3', () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    expect(namesOf(key)).toContain('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it.each([
    [
      'PYYO:TEWU:V7JH:26JV:AQTZ:LJC3:SXVJ:XGHA:34F2:2LAQ:ZRMK:Z7Q6',
      'm7zUpx3b-zmVE5cymSs64POG9QcyEpJaYCD82-549_Q',
      'dU3biz8sZ_8GPB-odm8Wxz3lNDr1xcAQQPQaOcr1fmc',
    ],
    [
      'OD6I:6DRK:JXEJ:KBM4:255X:NSAA:MUSF:E4VM:ZI6W:CUN2:L4Z6:LSF4',
      '3gAwX48IQ5oaYQAYSxor6rYYc_6yjuLCjtQ9LUakg4A',
      't72ge6kIA1XOjqjVoEOiPPAURltJFBMGDSQvEGVB010',
    ],
  ])('are the libtrust id %s, as distribution publishes it', (id, x, y) => {
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    expect(namesOf(key)).toContain(id);
  });

  it('have a third where a coordinate starts with a zero, which distribution leaves out', () => {
    let key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    while (!(key.export({ format: 'jwk' }).x ?? '').startsWith('AA') && namesOf(key).length === 2)
      key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    expect(namesOf(key)).toHaveLength(3);
  });
});

describe('a JWKS', () => {
  it('gives its keys, which are found by kid, by thumbprint and by libtrust id', () => {
    const keys = trustedKeysFromJwks({ keys: [jwkOf(ES256), jwkOf(RS256)] });
    expect(keys.map(({ kid, algorithms }) => ({ kid, algorithms }))).toEqual([
      { kid: 'a', algorithms: ['ES256'] },
      { kid: 'b', algorithms: ['RS256', 'RS384', 'RS512'] },
    ]);
    const trust = trustOf({ issuer: ISSUER, service: SERVICE, keys });
    for (const key of [ES256, RS256])
      for (const kid of [key.kid, ...namesOf(key.publicKey)])
        expect(verifyToken(tokenOf({ ...key, kid }), trust, NOW * 1000).account).toBe('alice');
  });

  it('binds a key to the alg that it names', () => {
    const keys = trustedKeysFromJwks({ keys: [jwkOf(RS256, { alg: 'RS512' })] });
    const trust = trustOf({ issuer: ISSUER, service: SERVICE, keys });
    const token = (alg: string) => signToken({ alg, kid: 'b' }, claims(), RS256.privateKey);
    expect(verifyToken(token('RS512'), trust, NOW * 1000).account).toBe('alice');
    expect(() => verifyToken(token('RS256'), trust, NOW * 1000)).toThrow('does not fit');
  });

  it('is read past keys that cannot sign tokens', () => {
    const ed448 = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' });
    const others = [ed448, jwkOf(RS256, { use: 'enc' }), jwkOf(RS256, { key_ops: ['encrypt'] })];
    expect(trustedKeysFromJwks({ keys: [...others, jwkOf(ES256)] }).map(({ kid }) => kid)).toEqual(['a']);
  });

  it('takes of a private key its public half', () => {
    const jwk = ES256.privateKey.export({ format: 'jwk' });
    expect(trustedKeysFromJwks({ keys: [jwk] })[0]?.key.type).toBe('public');
  });

  it('without a key that can be used is refused, with the reason for each', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    expect(() =>
      trustedKeysFromJwks({ keys: [short, jwkOf(ES256, { use: 'enc' }), jwkOf(RS256, { alg: 'PS256' })] }),
    ).toThrow(
      'the JWKS has no key that can verify a token: keys[0] is rsa, 1024 bits; keys[1] is not for signatures (use); keys[2] is rsa, 2048 bits with alg "PS256". Accepted: ES256, ES384, ES512, RS256, RS384, RS512, EdDSA (RSA of 2048 bits or more)',
    );
    expect(() => trustedKeysFromJwks({ keys: [] })).toThrow('it is empty');
  });

  it('with a shared secret is refused, whatever else it holds', () => {
    expect(() => trustedKeysFromJwks({ keys: [jwkOf(ES256), { kty: 'oct', k: 'AAAA' }] })).toThrow(
      'keys[1] of the JWKS is a shared secret',
    );
  });

  it.each([undefined, null, [], 'keys', {}, { keys: {} }, { keys: null }])(
    'that is none is refused: %j',
    (jwks) => {
      expect(() => trustedKeysFromJwks(jwks)).toThrow('not a JWKS: expected an object with a list "keys"');
    },
  );

  it('with a broken key is refused, and the message says which', () => {
    expect(() => trustedKeysFromJwks({ keys: [jwkOf(ES256), 7] })).toThrow(
      'keys[1] of the JWKS is not an object',
    );
    expect(() => trustedKeysFromJwks({ keys: [jwkOf(ES256, { kid: 7 })] })).toThrow('keys[0].kid');
    expect(() => trustedKeysFromJwks({ keys: [jwkOf(ES256), jwkOf(ES256, { x: 'AAAA' })] })).toThrow(
      'keys[1] of the JWKS is not a public key',
    );
  });
});

describe('a bundle of certificates', () => {
  it('gives the key of each, found by thumbprint and by libtrust id', async () => {
    const one = await makeCertificate({ name: 'one' });
    const two = await makeCertificate({ name: 'two' });
    const keys = trustedKeysFromCertificates(`some text\n${one.pem}\n${two.pem}`);
    const trust = trustOf({ issuer: ISSUER, service: SERVICE, keys });
    for (const [index, { privateKey }] of [one, two].entries()) {
      const key = keys[index]?.key;
      for (const kid of key === undefined ? [] : namesOf(key)) {
        const token = signToken({ alg: 'ES256', kid }, claims(), privateKey);
        expect(verifyToken(token, trust, NOW * 1000).account).toBe('alice');
      }
    }
    expect(keys).toHaveLength(2);
  });

  it('may hold other things beside, and lines that end as on Windows', async () => {
    const { pem } = await makeCertificate({ name: 'one' });
    const other = ES256.publicKey.export({ type: 'spki', format: 'pem' });
    expect(trustedKeysFromCertificates(`${other}${pem}`.replaceAll('\n', '\r\n'))).toHaveLength(1);
  });

  it('without one is refused', () => {
    expect(() => trustedKeysFromCertificates('')).toThrow('no certificate in it');
    expect(() =>
      trustedKeysFromCertificates(String(ES256.publicKey.export({ type: 'spki', format: 'pem' }))),
    ).toThrow('no certificate in it: expected PEM with "-----BEGIN CERTIFICATE-----"');
  });

  it('with a broken one is refused, and the message says which and where', async () => {
    const { pem } = await makeCertificate({ name: 'one' });
    const lines = pem.trimEnd().split('\n').length;
    const broken = pem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
    expect(() => trustedKeysFromCertificates(pem + broken)).toThrow(
      `certificate 2 (line ${lines + 1}) can't be read`,
    );
    expect(() => trustedKeysFromCertificates(pem + pem.slice(0, 100))).toThrow(
      '1 of 2 certificates have no proper end',
    );
  });
});
