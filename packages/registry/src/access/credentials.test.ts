import fc from 'fast-check';
import { requestWith } from '../../test/access-support.ts';
import { authorizationOf, type Credential, parseAuthorization } from './credentials.ts';

function basic(text: string | Uint8Array): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

function whyUnusable(header: string): string {
  const credential: Credential = parseAuthorization(header);
  return credential.scheme === 'unusable' ? credential.why : `usable: ${credential.scheme}`;
}

describe('the Authorization header', () => {
  it('is found by its name in any case, and absent where there is none', () => {
    for (const name of ['Authorization', 'authorization', 'AUTHORIZATION'])
      expect(authorizationOf(requestWith(['Host', 'a'], [name, 'Bearer x']))).toBe('Bearer x');
    expect(authorizationOf(requestWith(['Host', 'a'], ['Authorizatiom', 'x']))).toBeUndefined();
    expect(authorizationOf(requestWith(['X', 'Authorization'], ['Y', 'Bearer x']))).toBeUndefined();
  });

  it('that comes twice is refused, also when both are the same', () => {
    for (const second of ['Bearer x', 'Basic YTpi', '']) {
      const header = authorizationOf(requestWith(['Authorization', 'Bearer x'], ['authorization', second]));
      expect(parseAuthorization(header)).toEqual({
        scheme: 'unusable',
        why: 'the request has several Authorization headers, one is allowed',
      });
    }
  });

  it('is no credential where it is absent, empty, or Bearer with nothing after it', () => {
    for (const header of [undefined, '', '  ', 'Bearer', 'Bearer ', 'bearer   '])
      expect(parseAuthorization(header)).toEqual({ scheme: 'none' });
  });

  it('holds a token after Bearer in any case, with any spaces around it', () => {
    for (const header of ['Bearer a.b.c', 'bearer a.b.c', 'BEARER   a.b.c  ', ' Bearer\ta.b.c'])
      expect(parseAuthorization(header)).toEqual({ scheme: 'bearer', token: 'a.b.c' });
  });

  it('holds an account and a password after Basic in any case', () => {
    for (const header of ['Basic YTpi', 'basic  YTpi ', 'BASIC YTpi'])
      expect(parseAuthorization(header)).toEqual({ scheme: 'basic', account: 'a', password: 'b' });
  });

  it('ends the account at the first colon', () => {
    expect(parseAuthorization(basic('a:b:c:'))).toEqual({ scheme: 'basic', account: 'a', password: 'b:c:' });
    expect(parseAuthorization(basic(':'))).toEqual({ scheme: 'basic', account: '', password: '' });
  });

  it('may leave out the padding of its base64', () => {
    expect(parseAuthorization('Basic YTpiYw')).toEqual({ scheme: 'basic', account: 'a', password: 'bc' });
  });

  it.each([
    'Basic',
    'Basic ',
    'Basic *',
    'Basic YT pi',
    'Basic YTpi=YTpi',
    'Basic YTpiYw===',
    'Basic YTpiY-_',
  ])('is unusable as %j', (header) => {
    expect(whyUnusable(header)).toMatch(/base64|colon/);
  });

  it('is unusable with bytes that are no UTF-8, without a colon, with controls, or far too long', () => {
    expect(whyUnusable(basic(Buffer.from([0x61, 0x3a, 0xff])))).toContain('UTF-8');
    expect(whyUnusable(basic('ab'))).toContain('no colon');
    for (const text of ['a\0:b', 'a:b\n', 'a\r\n:b', 'a:\x7f'])
      expect(whyUnusable(basic(text))).toContain('control');
    expect(whyUnusable(basic(`a:${'b'.repeat(8000)}`))).toContain('longer than 8192');
  });

  it.each(['Digest username="a"', 'Negotiate abc', 'a.b.c', 'Bearera.b.c', 'Basi YTpi', 'Bearer:a'])(
    'is unusable with another scheme: %j',
    (header) => {
      expect(whyUnusable(header)).toBe("the Authorization header's scheme is neither Bearer nor Basic");
    },
  );

  it('never shows what came', () => {
    for (const header of ['sEcReT', 'Basic sEcReT!', 'Digest sEcReT', basic('sEcReT')])
      expect(whyUnusable(header)).not.toContain('sEcReT');
  });

  it('gives back any account and password that were written into it', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value));
    fc.assert(
      fc.property(
        text.filter((value) => !value.includes(':')),
        text,
        (account, password) => {
          expect(parseAuthorization(basic(`${account}:${password}`))).toEqual({
            scheme: 'basic',
            account,
            password,
          });
        },
      ),
    );
  });

  it('of any text is read without an error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((rest) => `Basic ${rest}`),
        ),
        (header) => {
          expect(['none', 'bearer', 'basic', 'unusable']).toContain(parseAuthorization(header).scheme);
        },
      ),
    );
  });
});
