/**
 * What a file is that came: an image archive, or a file like any other. Its first bytes tell, since nothing is kept
 * twice: the name of its first entry is one that only image archives have.
 *
 * image-spec v1.1, image-layout.md; moby, image/spec/v1.2.md ("Combined Image JSON + Filesystem Changeset Format").
 */

import { type Compression, compressionOf, unpackBeginning } from './compression.ts';
import { plainName } from './entry-name.ts';
import { BLOCK_BYTES, blocksOf, parseHeader, parseRecords } from './tar-header.ts';

/** As much of a file as is looked at: what zstd packs together, of which less can't be unpacked, and some more. */
export const BEGINNING_BYTES = 160 * 1024;
/** As much of what that unpacks to: an entry, and the longer headers before it. */
const UNPACKED_BYTES = 64 * 1024;

export type FileKind =
  | { readonly kind: 'image'; readonly compression: Compression }
  | { readonly kind: 'other' }
  /** A tar whose first entry leads out of it: whoever sent it has to say what it is. */
  | { readonly kind: 'unsafe'; readonly entryName: string };

const HEX = '[0-9a-f]{64}';
const IMAGE_ENTRY = new RegExp(
  `^(blobs(/.*)?|oci-layout|index\\.json|manifest\\.json|repositories|${HEX}(\\.json|\\.tar|\\.tar\\.gz)?|${HEX}/(VERSION|json|layer\\.tar)|sha256:${HEX}(\\.json)?)$`,
);

/** What the file is that begins so. */
export async function kindOf(beginning: Buffer): Promise<FileKind> {
  const compression = compressionOf(beginning);
  const entryName = firstName(await unpackBeginning(beginning, compression, UNPACKED_BYTES));
  if (entryName === undefined) return { kind: 'other' };
  const name = plainName(entryName);
  if (name === undefined) return { kind: 'unsafe', entryName };
  return IMAGE_ENTRY.test(name) ? { kind: 'image', compression } : { kind: 'other' };
}

/** The first name in a tar that says anything; undefined if this is none, or has none so early. */
function firstName(tar: Buffer): string | undefined {
  let longName: string | undefined;
  for (let at = 0; at + BLOCK_BYTES <= tar.byteLength; ) {
    const header = parseHeader(tar.subarray(at, at + BLOCK_BYTES));
    if (header === undefined) return undefined;
    const { type, sizeBytes } = header;
    const own = tar.subarray(at + BLOCK_BYTES, at + BLOCK_BYTES + sizeBytes);
    at += BLOCK_BYTES + blocksOf(sizeBytes);
    if (type === 'g' || type === 'K') continue;
    if (type === 'L') longName = own.toString('utf8').replace(/\0.*$/s, '');
    else if (type === 'x') longName = parseRecords(own)?.get('path') ?? longName;
    else if (plainName(longName ?? header.name) === '') longName = undefined;
    else return longName ?? header.name;
  }
  return undefined;
}
