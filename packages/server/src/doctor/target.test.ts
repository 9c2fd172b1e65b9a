import { baseUrl, parseTarget } from './target.ts';

test.each([
  [undefined, undefined, 'http://localhost:5000/'],
  ['localhost:5000', undefined, 'http://localhost:5000/'],
  ['registry.example.com', undefined, 'http://registry.example.com:443/'],
  ['http://a:5000/v2/', 'http', 'http://a:5000/'],
  ['http://a/prefix/v2', 'http', 'http://a/prefix/'],
  ['http://a/prefix', 'http', 'http://a/prefix/'],
  ['[::1]:5000', undefined, 'http://[::1]:5000/'],
])('%j is an address', (text, scheme, base) => {
  const target = parseTarget(text);
  expect(target.scheme).toBe(scheme);
  expect(baseUrl(target, 'http').href).toBe(base);
});

test('an IPv6 address is dialled without its brackets, and the port is that of the scheme', () => {
  expect(parseTarget('https://[::1]')).toMatchObject({ hostname: '::1', port: 443, host: '[::1]' });
  expect(parseTarget('http://a')).toMatchObject({ port: 80, host: 'a' });
});
