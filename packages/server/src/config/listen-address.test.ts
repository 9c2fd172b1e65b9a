import fc from 'fast-check';
import { formatListenAddress, parseListenAddress } from './listen-address.ts';

test.each([
  [':5000', { kind: 'tcp', host: undefined, port: 5000 }],
  ['127.0.0.1:0', { kind: 'tcp', host: '127.0.0.1', port: 0 }],
  ['[::1]:5000', { kind: 'tcp', host: '::1', port: 5000 }],
  ['registry.example.com:443', { kind: 'tcp', host: 'registry.example.com', port: 443 }],
])('%s is an address to listen on', (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
});

test.each(['5000', '', ':', 'host', '::1:5000', ':65536', ':http', 'http://host:5000', 'a b:1', ':5000/'])(
  '%j is no address to listen on',
  (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  },
);

test('an address is written the way it is read', () => {
  const host = fc.oneof(fc.constant(undefined), fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(
    fc.property(host, fc.nat(65_535), (name, port) => {
      const address = { kind: 'tcp', host: name, port } as const;
      expect(parseListenAddress(formatListenAddress(address))).toEqual(address);
    }),
  );
});
