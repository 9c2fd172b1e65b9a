import fc from 'fast-check';
import { formatHost, hostOfAddress, parseHost } from './host.ts';

test.each([
  'localhost',
  'localhost:5000',
  'reg.example.com',
  '192.0.2.1:5000',
  '[::1]:5000',
  '[2001:db8::1]',
  'my_host-1',
])('%s is a host', (text) => {
  const host = parseHost(text);
  expect(host && formatHost(host)).toBe(text);
});

test.each([
  '',
  ' ',
  'a b',
  'a"b',
  'a/b',
  'a,b',
  'a@b',
  'a\r\nb',
  'a:',
  'a:0',
  'a:65536',
  'a:x',
  '::1',
  '[',
  '[]',
  '[::1',
  '-a',
  '.',
  'é',
])('%j is no host', (text) => {
  expect(parseHost(text)).toBeUndefined();
});

test('whatever passes as a host is safe within quotes and within a URL', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.domain()), (text) => {
      if (parseHost(text) === undefined) return;
      expect(text).toMatch(/^[A-Za-z0-9._:[\]-]+$/);
      expect(new URL(`http://${text}/`).username).toBe('');
    }),
  );
});

test('every address of a machine is a host', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      expect(parseHost(`${hostOfAddress(address)}:5000`)?.port).toBe(5000);
    }),
  );
});
