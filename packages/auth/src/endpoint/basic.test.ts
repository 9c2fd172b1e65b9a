import fc from 'fast-check';
import { parseBasic } from './basic.ts';

const encode = (text: string | Uint8Array) => `Basic ${Buffer.from(text).toString('base64')}`;

test('whatever account and password a client encodes is read back, colons in the password included', () => {
  const account = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((text) => !text.includes(':'));
  fc.assert(
    fc.property(account, fc.string({ unit: 'grapheme' }), (name, password) => {
      expect(parseBasic(encode(`${name}:${password}`))).toEqual({ kind: 'basic', account: name, password });
    }),
  );
});

test('no header, however odd, makes it throw', () => {
  const header = fc.oneof(
    fc.string(),
    fc.string().map((text) => `Basic ${text}`),
  );
  fc.assert(fc.property(header, (text) => ['none', 'malformed', 'basic'].includes(parseBasic(text).kind)));
});

test.each<[string | undefined, string]>([
  [undefined, 'no header'],
  ['', 'an empty header'],
  ['Bearer abc', 'another scheme'],
  ['Basically abc', 'a scheme that begins like it'],
])('%p is no credentials (%s)', (header: string | undefined) => {
  expect(parseBasic(header)).toEqual({ kind: 'none' });
});

test('the scheme has no case, and spaces around the base64 are passed over', () => {
  expect(parseBasic('bAsIc   YTpi ')).toEqual({ kind: 'basic', account: 'a', password: 'b' });
});

test.each([
  ['Basic', 'it has no colon between account and password'],
  ['Basic %%%', 'it is not base64'],
  ['Basic YTp', 'it is not base64'],
  ['Basic YTpi YTpi', 'it is not base64'],
  [encode('alice'), 'it has no colon between account and password'],
  [encode(Uint8Array.of(0x61, 0x3a, 0xff)), 'it is not UTF-8'],
  [encode(Uint8Array.of(0xff, 0x3a, 0x61)), 'it is not UTF-8'],
  [encode(`${'a'.repeat(1025)}:b`), 'the account is too long'],
])('%s is malformed', (header, reason) => {
  expect(parseBasic(header)).toEqual({ kind: 'malformed', reason });
});

test('an empty account and an empty password are an account and a password', () => {
  expect(parseBasic(encode(':'))).toEqual({ kind: 'basic', account: '', password: '' });
});

test('a NUL and a byte order mark stay in the password', () => {
  expect(parseBasic(encode('a:\uFEFFb\0c'))).toEqual({ kind: 'basic', account: 'a', password: '\uFEFFb\0c' });
  expect(parseBasic(encode('\uFEFFa:b'))).toEqual({ kind: 'basic', account: '\uFEFFa', password: 'b' });
});
