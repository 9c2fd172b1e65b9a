import fc from 'fast-check';
import { inRange, parseAddress, parseAddressRange } from './address.ts';

function contains(rangeText: string, text: string): boolean {
  const range = parseAddressRange(rangeText);
  const address = parseAddress(text);
  if (range === undefined) throw new Error(`no range: ${rangeText}`);
  return address !== undefined && inRange(range, address);
}

/** Each seen with Go 1.26's `net.ParseIP`, `net.ParseCIDR` and `IPNet.Contains`. */
describe('a range', () => {
  const cases: readonly [sentence: string, range: string, inside: string[], outside: string[]][] = [
    ['of one address has that', '10.0.0.1', ['10.0.0.1', '::ffff:10.0.0.1'], ['10.0.0.2', '::a00:1']],
    ['of bits has all that begin so', '10.1.0.0/15', ['10.0.0.0', '10.1.255.255'], ['10.2.0.0']],
    ['doesn’t mind bits after its own', '10.9.9.9/8', ['10.0.0.0'], ['11.9.9.9']],
    ['of no bits has all of its family', '0.0.0.0/0', ['1.2.3.4', '::ffff:1.2.3.4'], ['::1']],
    ['of IPv6 has nothing of IPv4', '::/0', ['::1', 'fe80::1'], ['1.2.3.4', '::ffff:1.2.3.4']],
    ['of IPv6 may be short', '2001:db8::/32', ['2001:db8:ffff::1', '2001:0DB8::'], ['2001:db9::']],
    ['of mapped IPv4 is one of IPv4', '::ffff:10.0.0.0/104', ['10.1.2.3'], ['11.0.0.0', '::1']],
    ['of all mapped IPv4 is all IPv4', '::ffff:0:0/96', ['1.2.3.4'], ['::1']],
    [
      'that cuts the mark of mapped IPv4 is one of IPv6',
      '::ffff:1.2.3.4/90',
      ['::ffc0:1.2.3.4'],
      ['1.2.3.4'],
    ],
    ['may have zeros before its bits', '10.0.0.0/08', ['10.1.1.1'], ['11.0.0.0']],
    ['has no client whose address is none', '10.0.0.0/8', [], ['', 'x', '10.0.0.1:80', '[::1]', '10.0.0.1 ']],
  ];
  test.each(cases)('%s', (_sentence, range, inside, outside) => {
    expect(inside.filter((address) => !contains(range, address))).toEqual([]);
    expect(outside.filter((address) => contains(range, address))).toEqual([]);
  });

  test.each([
    '',
    'x',
    '10.0.0',
    '10.0.0.0.0',
    '10.0.0.256',
    '10.0.0.01',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8a',
    '10.0.0.0/8/8',
    '10.0.*',
    '::/129',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    '12345::',
    'g::',
    ':1:2:3:4:5:6:7',
    '1.2.3.4::',
    '::1.2.3',
    'fe80::1%eth0',
  ])('is not what %j is', (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  });

  test('has the addresses that agree in its first bits, and no others', () => {
    const bits = fc.integer({ min: 1, max: 32 });
    const other = fc.nat({ max: 31 });
    fc.assert(
      fc.property(fc.ipV4(), bits, other, (address, length, flipped) => {
        const number =
          address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0) ^ (1 << (31 - flipped));
        const neighbour = [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
        expect(contains(`${address}/${length}`, address)).toBe(true);
        expect(contains(`${address}/${length}`, neighbour)).toBe(flipped >= length);
      }),
    );
  });

  test('knows every form of an IPv6 address', () => {
    fc.assert(fc.property(fc.ipV6(), (address) => expect(contains(address, address)).toBe(true)));
  });
});
