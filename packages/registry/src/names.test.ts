import fc from 'fast-check';
import { parseDigest, parseDigestAlgorithm, parseRepositoryName, parseTag, parseUploadId } from './names.ts';

const alphanumeric = fc.stringMatching(/^[a-z0-9]{1,5}$/);
const separator = fc.oneof(fc.constantFrom('.', '_', '__'), fc.stringMatching(/^-{1,4}$/));

/** A path component as the grammar makes it: words with one separator between them. */
const component = fc
  .tuple(alphanumeric, fc.array(fc.tuple(separator, alphanumeric), { maxLength: 3 }))
  .map(([first, more]) => first + more.flat().join(''));
const name = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

/** The grammar once more, letter by letter and without a regular expression. */
function isName(text: string): boolean {
  const isWord = (part: string): boolean =>
    part !== '' &&
    [...part].every((letter) => (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9'));
  const isComponent = (part: string): boolean => {
    const words = part.split(/\.|_|-/);
    if (!isWord(words.at(0) ?? '') || !isWord(words.at(-1) ?? '')) return false;
    const between = [...part.matchAll(/[^a-z0-9]+/g)].map((match) => match[0]);
    return between.every(
      (gap) => gap === '.' || gap === '_' || gap === '__' || gap === '-'.repeat(gap.length),
    );
  };
  return text.length <= 255 && text.split('/').every(isComponent);
}

describe('repository names', () => {
  test('whatever the grammar makes is a name, up to 255 characters', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(parseRepositoryName(text)).toBe(text.length <= 255 ? text : undefined);
      }),
    );
  });

  test('whatever it takes or refuses, a second reading of the grammar agrees', () => {
    const letters = fc.constantFrom(
      'a',
      'z',
      '0',
      '9',
      '.',
      '_',
      '-',
      '/',
      'A',
      '%',
      ' ',
      '\n',
      'é',
      '\0',
      '~',
    );
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 12 }).map((parts) => parts.join('')),
        (text) => {
          expect(parseRepositoryName(text)).toBe(isName(text) ? text : undefined);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'A',
    'a/B',
    '..',
    '../a',
    'a/../b',
    'a/.',
    'a/..',
    '.a',
    'a.',
    '-a',
    'a-',
    '_a',
    'a_',
    'a..b',
    'a___b',
    'a._b',
    'a%2fb',
    'a b',
    'a\n',
    'a\0b',
    'a\\b',
    'é',
    'a:b',
  ])('%j is not a name', (text) => {
    expect(parseRepositoryName(text)).toBeUndefined();
  });

  test.each(['a', '0', 'a/b/c/d', 'a.b_c__d-e---f', 'blobs', 'manifests/tags/list'])(
    '%j is a name',
    (text) => {
      expect(parseRepositoryName(text)).toBe(text);
    },
  );

  test('a name of 255 characters is one and of 256 is not', () => {
    expect(parseRepositoryName('a'.repeat(255))).toBeDefined();
    expect(parseRepositoryName('a'.repeat(256))).toBeUndefined();
  });

  test('a long name that almost fits is refused without going back and forth for ever', () => {
    for (const text of [`${'a-'.repeat(127)}!`, `${'a/'.repeat(127)}!`, `${'-'.repeat(254)}a`]) {
      expect(parseRepositoryName(text)).toBeUndefined();
    }
  });
});

describe('tags', () => {
  test('letters, digits, _, . and - are a tag, 128 at most, and none begins with . or -', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.-]{0,130}$/), (text) => {
        const isTag = text.length >= 1 && text.length <= 128 && !'.-'.includes(text.charAt(0));
        expect(parseTag(text)).toBe(isTag ? text : undefined);
      }),
    );
  });

  test.each(['', '.', '..', '-a', '.a', 'a/b', 'a:b', 'a b', 'a\n', 'é', 'a%2e'])(
    '%j is not a tag',
    (text) => {
      expect(parseTag(text)).toBeUndefined();
    },
  );
});

describe('digests', () => {
  const hex = { sha256: 'a1'.repeat(32), sha512: 'b2'.repeat(64) };

  test.each(['sha256', 'sha512'] as const)('%s and its hex are a digest', (algorithm) => {
    const text = `${algorithm}:${hex[algorithm]}`;
    expect(parseDigest(text)).toEqual({ algorithm, hex: hex[algorithm], text });
  });

  test.each([
    '',
    ':',
    'sha256',
    'sha256:',
    hex.sha256,
    `:${hex.sha256}`,
    `sha256:${hex.sha256.slice(1)}`,
    `sha256:${hex.sha256}0`,
    `sha256:${hex.sha512}`,
    `sha512:${hex.sha256}`,
    `sha256:${hex.sha256.toUpperCase()}`,
    `SHA256:${hex.sha256}`,
    `sha384:${'0'.repeat(96)}`,
    `md5:${'0'.repeat(32)}`,
    `sha256:${'g'.repeat(64)}`,
    `sha256:../${'0'.repeat(61)}`,
    `sha256:${hex.sha256}\n`,
    `sha256+b64:${hex.sha256}`,
    `constructor:${hex.sha256}`,
  ])('%j is not a digest', (text) => {
    expect(parseDigest(text)).toBeUndefined();
  });

  test('an algorithm is one of those that are computed', () => {
    expect(parseDigestAlgorithm('sha512')).toBe('sha512');
    for (const text of ['', 'sha1', 'SHA256', 'toString']) expect(parseDigestAlgorithm(text)).toBeUndefined();
  });
});

describe('upload ids', () => {
  test('every UUID in lower case is one', () => {
    fc.assert(
      fc.property(fc.uuid(), (text) => {
        expect(parseUploadId(text)).toBe(text);
      }),
    );
  });

  test.each(['', '..', '1', 'x'.repeat(36), `${'0'.repeat(8)}-0000-0000-0000-${'A'.repeat(12)}`])(
    '%j is not one',
    (text) => {
      expect(parseUploadId(text)).toBeUndefined();
    },
  );
});
