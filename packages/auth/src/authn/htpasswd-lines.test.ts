import { hashSync } from 'bcryptjs';
import fc from 'fast-check';
import { HtpasswdError, parseHtpasswd } from './htpasswd-lines.ts';

const hash = hashSync('secret', 4);

test('each line is an account and its hash; empty lines, comments, CR and BOM are passed over', () => {
  const text = `\uFEFFalice:${hash}\r\n\n# bob:x\n  \n  jürgen:${hash}  \n`;
  expect([...parseHtpasswd(text, 'f')]).toEqual([
    ['alice', hash],
    ['jürgen', hash],
  ]);
});

test('of an account that stands there twice the last line counts', () => {
  const other = hashSync('other', 4);
  expect(parseHtpasswd(`a:${hash}\na:${other}`, 'f').get('a')).toBe(other);
});

test('an empty file has no accounts', () => {
  expect(parseHtpasswd('', 'f').size).toBe(0);
});

test.each([
  ['$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/', 'an MD5 hash (htpasswd -m)'],
  ['{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=', 'a SHA-1 hash (htpasswd -s)'],
  ['$5$salt$hash', 'a SHA-256 crypt hash'],
  ['$6$salt$hash', 'a SHA-512 crypt hash'],
  ['$2y$05$short', 'a damaged bcrypt hash'],
  ['rqXexS6ZhobKA', 'no hash, or one of crypt()'],
  ['', 'no hash, or one of crypt()'],
])('%j is refused with file and line, and is not quoted', (other, kind) => {
  const parse = () => parseHtpasswd(`alice:${hash}\n\nbob:${other}\n`, '/etc/htpasswd');
  expect(parse).toThrow(
    new HtpasswdError(
      '/etc/htpasswd',
      3,
      `${kind}; only bcrypt is accepted: set the password again with "htpasswd -B"`,
    ),
  );
  expect(parse).toThrow('/etc/htpasswd:3: ');
});

test('every line that is refused is named, up to a dozen', () => {
  expect(() => parseHtpasswd(`a:$apr1$x\nb:${hash}\nc\nd:{SHA}x\n`, 'f')).toThrow(
    new HtpasswdError(
      'f',
      1,
      'an MD5 hash (htpasswd -m); only bcrypt is accepted: set the password again with "htpasswd -B"; also in line 3, 4',
    ),
  );
  expect(() => parseHtpasswd('a\n'.repeat(13), 'f')).toThrow(
    /also in line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, and 2 more$/,
  );
});

test.each(['alice', `:${hash}`])('a line without account or colon (%s) is refused', (line) => {
  expect(() => parseHtpasswd(line, 'f')).toThrow('f:1: expected "account:bcrypt-hash"');
});

test('whatever stands in the file, an error names the line and never quotes it', () => {
  const secret = fc
    .string({ minLength: 8 })
    .filter((text) => !text.includes('\n') && /^[^#:\s][^\s]*$/.test(text));
  fc.assert(
    fc.property(secret, (text) => {
      let message = '';
      try {
        parseHtpasswd(`bob:${text}`, 'f');
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain('f:1: ');
      expect(message).not.toContain(text);
    }),
  );
});
