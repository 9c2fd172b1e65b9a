import fc from 'fast-check';
import { parseForwarded, parseForwardedFor } from './forwarded.ts';

test.each([
  ['for=192.0.2.60;proto=https;host=reg.example.com', [['192.0.2.60', 'https', 'reg.example.com']]],
  ['For="[2001:db8:cafe::17]:4711"', [['2001:db8:cafe::17', undefined, undefined]]],
  [
    'for=192.0.2.43, for=198.51.100.17;Proto=HTTP',
    [
      ['192.0.2.43', undefined, undefined],
      ['198.51.100.17', 'http', undefined],
    ],
  ],
  ['for="192.0.2.43:80";host="a:5000"', [['192.0.2.43', undefined, 'a:5000']]],
  ['for=unknown', [[undefined, undefined, undefined]]],
  ['for=_hidden;by=203.0.113.43', [[undefined, undefined, undefined]]],
])('%s is understood', (text, elements) => {
  expect(parseForwarded(text)?.map((element) => [element.for, element.proto, element.host])).toEqual(
    elements,
  );
});

test.each(['for="unclosed', 'for=a b', '=x', 'for'])('%s does not follow the grammar', (text) => {
  expect(parseForwarded(text)).toBeUndefined();
});

test('no text makes the parser fail or take long', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'for=";,\\ 1.:[]a\t'), maxLength: 2000 }), (text) => {
      const elements = parseForwarded(text);
      expect(elements === undefined || elements.length > 0).toBe(true);
    }),
  );
});

test('X-Forwarded-For takes addresses with and without ports, and marks what is none', () => {
  expect(
    parseForwardedFor('192.0.2.1, 192.0.2.2:80,2001:db8::1, [2001:db8::2]:80, ::ffff:192.0.2.3, x, '),
  ).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '192.0.2.3', undefined, undefined]);
});
