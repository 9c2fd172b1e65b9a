import { claims, ISSUER, makeKey, SERVICE, signToken, tokenOf } from '../../test/access-support.ts';
import { ES256, faultOf, messageOf, RS256, trusting } from '../../test/access-tokens.ts';
import { trustOf } from './token.ts';

describe('the key', () => {
  it('that is not known is named, beside those that are', () => {
    const token = tokenOf({ ...ES256, kid: 'unheard of' });
    expect(faultOf(token, trusting(ES256, RS256))).toEqual({
      reason: 'unknown-key',
      alg: 'ES256',
      kid: 'unheard of',
      trustedKids: [ES256.kid, RS256.kid],
    });
    expect(messageOf(token, trusting(ES256, RS256))).toBe(
      'the token is signed (ES256) with the key "unheard of", which is not trusted here; trusted are "key-ES256", "key-RS256"',
    );
  });

  it('that is not known is named beside ten at most, by their thumbprints if they have no kid', () => {
    const keys = Array.from({ length: 12 }, () => ({ kid: undefined, key: ES256.publicKey }));
    const fault = faultOf(tokenOf({ ...ES256, kid: 'x'.repeat(1000) }), keys);
    expect(fault).toMatchObject({ kid: expect.stringMatching(/^x{100}…$/), trustedKids: { length: 10 } });
    expect(fault).toMatchObject({
      trustedKids: expect.arrayContaining([expect.stringMatching(/^[\w-]{43}$/)]),
    });
  });

  it('needs no name where there is only one', () => {
    for (const kid of [undefined, '']) {
      const token = signToken({ alg: 'ES256', kid }, claims(), ES256.privateKey);
      expect(faultOf(token, trusting(ES256))).toBeUndefined();
      expect(faultOf(token, trusting(ES256, RS256))).toMatchObject({ reason: 'unknown-key', kid: undefined });
      expect(faultOf(token, trusting(RS256))).toMatchObject({ reason: 'key-mismatch' });
      expect(faultOf(token, trusting(makeKey('ES256')))).toMatchObject({ reason: 'signature' });
    }
  });

  it('is found under a kid that several keys share by what fits', () => {
    const keys = trusting({ ...ES256, kid: 'k' }, { ...RS256, kid: 'k' }, makeKey('ES256', 'k'));
    for (const key of [ES256, RS256]) expect(faultOf(tokenOf({ ...key, kid: 'k' }), keys)).toBeUndefined();
    expect(faultOf(tokenOf(makeKey('ES256', 'k')), keys)).toMatchObject({ reason: 'signature' });
  });

  it('that the token brings along itself (jwk) is not used', () => {
    const foreign = makeKey('ES256');
    const jwk = foreign.publicKey.export({ format: 'jwk' });
    for (const header of [{ jwk }, { jwk: { ...jwk, kid: ES256.kid } }, { jwk, kid: ES256.kid }])
      expect(
        faultOf(signToken({ alg: 'ES256', ...header }, claims(), foreign.privateKey), trusting(ES256)),
      ).toMatchObject({ reason: 'signature' });
    const named = signToken({ alg: 'ES256', jwk: { kid: ES256.kid } }, claims(), ES256.privateKey);
    expect(faultOf(named)).toBeUndefined();
  });

  it.each([1, null, {}, ['key-ES256'], true])('with a kid that is no string (%j) is refused', (kid) => {
    expect(faultOf(signToken({ alg: 'ES256', kid }, claims(), ES256.privateKey))).toMatchObject({
      reason: kid === null ? 'unknown-key' : 'malformed',
    });
  });

  it.each(['__proto__', 'constructor', 'toString'])('is not found under %s', (kid) => {
    expect(faultOf(tokenOf({ ...ES256, kid }))).toMatchObject({ reason: 'unknown-key' });
  });
});

describe('what a token is checked against', () => {
  it('has an issuer, a service and at least one key, all public', () => {
    const good = { issuer: ISSUER, service: SERVICE, keys: trusting(ES256) };
    expect(() => trustOf({ ...good, keys: [] })).toThrow('there is no trusted key');
    expect(() => trustOf({ ...good, issuer: '' })).toThrow('issuer');
    expect(() => trustOf({ ...good, service: '' })).toThrow('service');
    expect(() => trustOf({ ...good, keys: [{ kid: 'k', key: ES256.privateKey }] })).toThrow(
      'the trusted key k is private, not public',
    );
  });
});
