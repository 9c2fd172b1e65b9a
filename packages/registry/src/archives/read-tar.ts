/**
 * The entries of a tar, one after the other, as its bytes come. Nothing is written anywhere and nothing but a header
 * is kept: an entry's bytes are there to be taken while it is the current one.
 *
 * Own rather than a library, as every number that the tar itself names has to be held against a limit before memory
 * is spent on it, and bytes pass without being copied.
 */

import type { ByteSource, Chunks } from '../chunks.ts';
import { invalidArchive, tooMuch } from './archive-errors.ts';
import { ByteReader, EndedEarly } from './byte-reader.ts';
import {
  BLOCK_BYTES,
  blocksOf,
  isZeroBlock,
  parseHeader,
  parseRecords,
  type TarHeader,
} from './tar-header.ts';

export type EntryKind = 'file' | 'folder' | 'hard-link' | 'symbolic-link' | 'other';

export interface TarEntry {
  /** As it is written. */
  readonly name: string;
  readonly kind: EntryKind;
  readonly linkName: string;
  readonly sizeBytes: number;
  /** The bytes of a file, once; what isn't taken is passed over. */
  readonly body: () => AsyncIterable<Chunks>;
}

export interface TarLimits {
  readonly archiveEntries: number;
  readonly archiveHeaderBytes: number;
  readonly archiveTrailingBytes: number;
}

/** @throws RegistryError BLOB_UPLOAD_INVALID for what is no tar, is cut short, or goes beyond a limit */
export async function* readTar(source: ByteSource, limits: TarLimits): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source);
  try {
    let count = 0;
    for (let header = await nextHeader(reader, limits); header; header = await nextHeader(reader, limits)) {
      count += 1;
      if (count > limits.archiveEntries) throw tooMuch('entries', limits.archiveEntries);
      const endsAt = reader.takenBytes + blocksOf(sizeOf(header));
      yield entryOf(reader, header);
      for await (const _passed of reader.pass(endsAt - reader.takenBytes));
    }
    await passTrailing(reader, limits.archiveTrailingBytes);
  } catch (error) {
    throw error instanceof EndedEarly ? cutShort() : error;
  } finally {
    await reader.close();
  }
}

function entryOf(reader: ByteReader, header: TarHeader): TarEntry {
  const { name, linkName } = header;
  const sizeBytes = sizeOf(header);
  return { name, kind: kindOf(header), linkName, sizeBytes, body: () => bodyOf(reader, sizeBytes) };
}

async function* bodyOf(reader: ByteReader, sizeBytes: number): AsyncGenerator<Chunks> {
  try {
    yield* reader.pass(sizeBytes);
  } catch (error) {
    throw error instanceof EndedEarly ? cutShort() : error;
  }
}

const KINDS: Readonly<Record<string, EntryKind>> = {
  '0': 'file',
  '7': 'file',
  '1': 'hard-link',
  '2': 'symbolic-link',
  '5': 'folder',
};

function kindOf({ type, name }: TarHeader): EntryKind {
  const kind = KINDS[type] ?? 'other';
  // Before there was a type for them.
  return kind === 'file' && name.endsWith('/') ? 'folder' : kind;
}

/** What has no content has no size, whatever its header says. */
function sizeOf(header: TarHeader): number {
  return ['hard-link', 'symbolic-link', 'folder'].includes(kindOf(header)) ? 0 : header.sizeBytes;
}

/** The next entry's header, with what the longer headers before it say; undefined at the end of the archive. */
async function nextHeader(reader: ByteReader, limits: TarLimits): Promise<TarHeader | undefined> {
  let longer: Partial<TarHeader> = {};
  for (;;) {
    const block = await reader.take(BLOCK_BYTES);
    if (block === undefined) throw new EndedEarly();
    if (isZeroBlock(block)) return undefined;
    const header = parseHeader(block);
    if (header === undefined)
      throw invalidArchive(`there is no header of a tar at byte ${reader.takenBytes - BLOCK_BYTES}`);
    if (!LONGER.has(header.type)) return { ...header, ...longer };
    longer = { ...longer, ...(await readLonger(reader, header, limits)) };
  }
}

/** pax: of one entry, of all entries; GNU: a long name, a long link. */
const LONGER: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);

async function readLonger(
  reader: ByteReader,
  { type, sizeBytes }: TarHeader,
  { archiveHeaderBytes }: TarLimits,
): Promise<Partial<TarHeader>> {
  if (sizeBytes > archiveHeaderBytes) throw tooMuch('bytes in a header', archiveHeaderBytes);
  const bytes = (await reader.take(blocksOf(sizeBytes))) ?? Buffer.alloc(0);
  if (bytes.byteLength < sizeBytes) throw new EndedEarly();
  const own = bytes.subarray(0, sizeBytes);
  // Comments and times: nothing that an entry's bytes depend on.
  if (type === 'g') return {};
  if (type === 'L') return { name: textOf(own) };
  if (type === 'K') return { linkName: textOf(own) };
  return fromRecords(parseRecords(own));
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\0.*$/s, '');
}

function fromRecords(records: ReadonlyMap<string, string> | undefined): Partial<TarHeader> {
  if (records === undefined) throw invalidArchive('a pax header is malformed');
  const sparse = [...records.keys()].find((key) => key.startsWith('GNU.sparse'));
  if (sparse !== undefined) throw invalidArchive('it holds a sparse file; write the tar without --sparse');
  const [name, linkName, size] = [records.get('path'), records.get('linkpath'), records.get('size')];
  const sizeBytes = size === undefined ? undefined : Number(size);
  if (sizeBytes !== undefined && !(/^\d+$/.test(size ?? '') && Number.isSafeInteger(sizeBytes))) {
    throw invalidArchive('a pax header has a size that is no number');
  }
  return {
    ...(name !== undefined && { name }),
    ...(linkName !== undefined && { linkName }),
    ...(sizeBytes !== undefined && { sizeBytes }),
  };
}

/** Programs fill the last record of a tape with zeros. */
async function passTrailing(reader: ByteReader, limitBytes: number): Promise<void> {
  const endsAt = reader.takenBytes + limitBytes;
  for await (const _passed of reader.rest()) {
    if (reader.takenBytes > endsAt) throw tooMuch('bytes after the end of the tar', limitBytes);
  }
}

function cutShort(): Error {
  return invalidArchive('it is cut short: it ends before its last entry does');
}
