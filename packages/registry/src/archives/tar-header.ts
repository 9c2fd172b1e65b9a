/**
 * The 512 bytes in front of each entry of a tar: read from any of the formats that people's programs write, and
 * written in one.
 *
 * POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar for sizes in base 256.
 */

export const BLOCK_BYTES = 512;

export interface TarHeader {
  readonly name: string;
  /** The letter of the entry's type: `0` a file, `1` and `2` links, `5` a folder, `x` what comes before a longer header. */
  readonly type: string;
  readonly sizeBytes: number;
  readonly linkName: string;
}

/** Where a field stands, and its length. */
const FIELDS = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 6],
  prefix: [345, 155],
} as const satisfies Record<string, readonly [number, number]>;

const POSIX_MAGIC = 'ustar';
const SPACE = 0x20;
/** The first bit of a number says that the rest of it is binary. */
const BINARY = 0x80;

/** Rounds up to whole blocks. */
export function blocksOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** The header that the block is, or undefined if it is none: its checksum tells. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  const [checksumAt, checksumLength] = FIELDS.checksum;
  const checksum = numberAt(block, FIELDS.checksum);
  let sum = 0;
  for (const [index, byte] of block.entries()) {
    sum += index >= checksumAt && index < checksumAt + checksumLength ? SPACE : byte;
  }
  const sizeBytes = numberAt(block, FIELDS.size);
  if (block.byteLength !== BLOCK_BYTES || checksum !== sum || sizeBytes === undefined) return undefined;
  const type = textAt(block, FIELDS.type) || '0';
  const name = textAt(block, FIELDS.name);
  // GNU's own format ends its magic with a blank and keeps times where the prefix would be.
  const isPosix = block.toString('latin1', FIELDS.magic[0], FIELDS.magic[0] + 6) === `${POSIX_MAGIC}\0`;
  const prefix = isPosix ? textAt(block, FIELDS.prefix) : '';
  const linkName = textAt(block, FIELDS.linkName);
  return { name: prefix === '' ? name : `${prefix}/${name}`, type, sizeBytes, linkName };
}

/** The header of a file, with a longer one in front where it doesn't fit; always the same for the same file. */
export function fileHeader(name: string, sizeBytes: number): Buffer {
  const records: [string, string][] = [];
  if (Buffer.byteLength(name) > FIELDS.name[1]) records.push(['path', name]);
  if (sizeBytes > MAX_OCTAL_SIZE) records.push(['size', String(sizeBytes)]);
  const shortName = Buffer.from(name).subarray(0, FIELDS.name[1]);
  const own = headerBlock(shortName, '0', sizeBytes > MAX_OCTAL_SIZE ? 0 : sizeBytes);
  if (records.length === 0) return own;
  const long = Buffer.from(records.map(([key, value]) => record(key, value)).join(''));
  const padded = Buffer.alloc(blocksOf(long.byteLength));
  long.copy(padded);
  return Buffer.concat([headerBlock(Buffer.from('pax'), 'x', long.byteLength), padded, own]);
}

/** Eleven octal digits. */
const MAX_OCTAL_SIZE = 8 ** 11 - 1;

function headerBlock(name: Buffer, type: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  name.copy(block);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  // Mode, uid, gid; size, time.
  block.write(`${octal(0o644, 7)}${octal(0, 7)}${octal(0, 7)}${octal(sizeBytes, 11)}${octal(0, 11)}`, 100);
  block.write(type, FIELDS.type[0]);
  block.write(`${POSIX_MAGIC}\x0000`, FIELDS.magic[0]);
  block.fill(SPACE, FIELDS.checksum[0], FIELDS.checksum[0] + FIELDS.checksum[1]);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)} `, FIELDS.checksum[0]);
  return block;
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** The records of a longer header; undefined if they aren't such. */
export function parseRecords(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.byteLength; ) {
    const blank = bytes.indexOf(SPACE, at);
    const length = blank === -1 ? Number.NaN : Number(bytes.toString('latin1', at, blank));
    const end = at + length;
    const equals = bytes.indexOf('=', blank);
    const isWhole = Number.isSafeInteger(length) && end <= bytes.byteLength && equals > blank && equals < end;
    if (!isWhole || bytes[end - 1] !== 0x0a) return undefined;
    records.set(bytes.toString('utf8', blank + 1, equals), bytes.toString('utf8', equals + 1, end - 1));
    at = end;
  }
  return records;
}

function textAt(block: Buffer, [start, length]: readonly [number, number]): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function numberAt(block: Buffer, field: readonly [number, number]): number | undefined {
  const [start, length] = field;
  const first = block[start] ?? 0;
  if ((first & BINARY) !== 0) {
    let value = first & ~BINARY;
    for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = textAt(block, field).trim();
  if (!/^[0-7]*$/.test(text)) return undefined;
  return Number.parseInt(text || '0', 8);
}
