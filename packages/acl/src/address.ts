/**
 * IP addresses and ranges, read and compared as Go's `net` does: no leading zeros in IPv4, no zones, and an
 * IPv4 address is the same whether written by itself or mapped into IPv6 (`::ffff:10.0.0.1`).
 */

export interface Address {
  /** All 16; IPv4 is mapped. */
  readonly bytes: readonly number[];
  readonly ipv4: boolean;
}

/** All addresses of `network`'s family that are `network` where `mask` has bits; both have 16 bytes. */
export interface AddressRange {
  readonly network: Address;
  readonly mask: readonly number[];
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const MAPPED_BITS = MAPPED.length * 8;
const ALL_BITS = 128;

/** The address that `text` is, or undefined. */
export function parseAddress(text: string): Address | undefined {
  const bytes = parseBytes(text);
  return bytes && addressOf(bytes);
}

function parseBytes(text: string): readonly number[] | undefined {
  if (!text.includes(':')) {
    const bytes = parseDotted(text);
    return bytes && [...MAPPED, ...bytes];
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // `::` stands for one group at least, and without it all eight are there.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** The range that an address or `address/bits` is, or undefined; bits after the first `bits` don't matter. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash === -1) return rangeOf(address, ALL_BITS);
  const digits = text.slice(slash + 1);
  // Counted from the front of the form that the address was written in.
  const offset = text.includes(':') ? 0 : MAPPED_BITS;
  const bits = Number(digits) + offset;
  return /^[0-9]+$/.test(digits) && bits <= ALL_BITS ? rangeOf(address, bits) : undefined;
}

/** Whether `address` is in `range`. `::/0` is all of IPv6 and nothing of IPv4. */
export function inRange({ network, mask }: AddressRange, address: Address): boolean {
  if (network.ipv4 !== address.ipv4) return false;
  for (let index = address.ipv4 ? MAPPED.length : 0; index < mask.length; index += 1)
    if (((address.bytes[index] ?? 0) & (mask[index] ?? 0)) !== network.bytes[index]) return false;
  return true;
}

function addressOf(bytes: readonly number[]): Address {
  return { bytes, ipv4: MAPPED.every((byte, index) => byte === bytes[index]) };
}

function rangeOf({ bytes }: Address, bits: number): AddressRange {
  const mask = bytes.map((_, index) => (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))) & 0xff);
  return { network: addressOf(bytes.map((byte, index) => byte & (mask[index] ?? 0))), mask };
}

function parseDotted(text: string): readonly number[] | undefined {
  const fields = text.split('.');
  const valid = fields.every((field) => /^(?:0|[1-9][0-9]{0,2})$/.test(field) && Number(field) <= 255);
  return fields.length === 4 && valid ? fields.map(Number) : undefined;
}

/** The bytes of `a:b:c`, the last of which may be dotted if `last`; none for the empty text. */
function parseGroups(text: string, last: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const dotted = last && groups.at(-1)?.includes('.') ? parseDotted(groups.pop() ?? '') : [];
  if (dotted === undefined || !groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const bytes = groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff]);
  return [...bytes, ...dotted];
}
