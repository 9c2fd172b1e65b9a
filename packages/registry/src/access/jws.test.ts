import fc from 'fast-check';
import { base64Url, claims, signToken, tokenOf } from '../../test/access-support.ts';
import { ES256, faultOf, messageOf } from '../../test/access-tokens.ts';

describe('the form', () => {
  const token = tokenOf(ES256);
  const [header = '', payload = '', signature = ''] = token.split('.');

  it('cut off at any length is refused', () => {
    for (let length = 0; length < token.length; length += 1)
      expect(faultOf(token.slice(0, length))).toBeDefined();
  });

  it('with its parts swapped, doubled or left out is refused', () => {
    const parts = [header, payload, signature];
    for (const a of parts)
      for (const b of parts)
        for (const c of parts) {
          const swapped = [a, b, c].join('.');
          if (swapped !== token) expect(faultOf(swapped)).toBeDefined();
        }
    for (const text of [`${token}.`, `.${token}`, `${token}.${signature}`, `${token}.e30`, '..', '.', ''])
      expect(faultOf(text)).toMatchObject({ reason: 'malformed' });
  });

  it('with any one character changed is refused', () => {
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(faultOf(token.slice(0, at) + other + token.slice(at + 1))).toBeDefined();
    }
  });

  it('with base64 that has another way to be written is refused', () => {
    const last = signature.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const sameBytes = alphabet[alphabet.indexOf(last) ^ 1] ?? '';
    for (const changed of [
      `${token}=`,
      `${token}==`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -1)}${sameBytes}`,
      `${header}.${payload}.${signature.replace(/.{10}/, '$&\n')}`,
      `${header}.${payload}.${signature} `,
      `${header}.${payload}.+${signature.slice(1)}`,
    ])
      expect(faultOf(changed)).toMatchObject({ reason: 'malformed' });
  });

  it('of a mebibyte is refused before anything is done with it', () => {
    expect(messageOf(`${header}.${'A'.repeat(1024 * 1024)}.${signature}`)).toMatch(
      /^this is not a token: it is 10\d{5} characters long, 16384 are allowed$/,
    );
  });

  it('with a crit header is refused, whatever it names', () => {
    for (const crit of [[], ['b64'], ['exp'], 'exp', null]) {
      const fault = faultOf(
        signToken({ alg: 'ES256', kid: ES256.kid, crit, b64: true }, claims(), ES256.privateKey),
      );
      expect(fault).toMatchObject({ reason: 'malformed', what: expect.stringContaining('crit') });
    }
  });

  it('takes any typ, or none', () => {
    for (const typ of ['JWT', 'at+jwt', 7, undefined])
      expect(
        faultOf(signToken({ alg: 'ES256', kid: ES256.kid, typ }, claims(), ES256.privateKey)),
      ).toBeUndefined();
  });

  it('whose parts are not JSON objects is refused', () => {
    for (const part of ['', 'null', '[]', '"a"', '1', '{', '{"alg":"ES256"', '\ufeff{}', '\xff']) {
      const bytes = base64Url(Buffer.from(part, 'latin1'));
      expect(faultOf(`${bytes}.${payload}.${signature}`)).toMatchObject({ reason: 'malformed' });
    }
    for (const body of [null, [], 'a', 1])
      expect(faultOf(signToken({ alg: 'ES256', kid: ES256.kid }, body, ES256.privateKey))).toMatchObject({
        reason: 'malformed',
      });
  });

  it('of any text is refused as a token, never with another error', () => {
    const part = fc.oneof(fc.string(), fc.json().map(base64Url), fc.constantFrom(header, payload, signature));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
        ),
        (text) => {
          if (text !== token) expect(faultOf(text)).toBeDefined();
        },
      ),
    );
  });

  it('with any header and claims that the right key signed is taken or refused as a token', () => {
    const wild = fc.dictionary(
      fc.constantFrom('kid', 'x5c', 'jwk', 'crit', 'typ', 'jku', '__proto__', 'alg'),
      fc.oneof(fc.jsonValue(), fc.constantFrom('ES256', ES256.kid)),
    );
    const wildClaims = fc.dictionary(
      fc.constantFrom('iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'access', '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(wild, wildClaims, (heading, changes) => {
        const signed = signToken(
          { alg: 'ES256', kid: ES256.kid, ...heading },
          claims(changes),
          ES256.privateKey,
          'sha256',
        );
        faultOf(signed);
      }),
    );
  });
});
