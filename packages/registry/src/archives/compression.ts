/**
 * Archives come plain or compressed; their first bytes tell. What comes out of a compressed one is held against what
 * went in, so that a few bytes can't become a disk full.
 *
 * RFC 1952 (gzip), RFC 8878 (zstd).
 */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import type { ByteSource, Chunks } from '../chunks.ts';
import { RegistryError, refuse } from '../errors.ts';
import { invalidArchive } from './archive-errors.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

export interface CompressionLimits {
  readonly archiveRatio: number;
  readonly archiveUnpackedBytes: number;
  readonly archiveZstdWindowLog: number;
}

const MAGIC = { gzip: Buffer.from([0x1f, 0x8b]), zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) } as const;

/** What the bytes that begin so are compressed with. */
export function compressionOf(beginning: Buffer): Compression {
  if (beginning.indexOf(MAGIC.gzip) === 0) return 'gzip';
  return beginning.indexOf(MAGIC.zstd) === 0 ? 'zstd' : 'none';
}

/**
 * The beginning of what a beginning unpacks to; nothing if it can't be unpacked.
 * @param most stops after about so many bytes, however much there is
 */
export async function unpackBeginning(
  beginning: Buffer,
  compression: Compression,
  most: number,
): Promise<Buffer> {
  if (compression === 'none') return beginning;
  const decoder = decoderFor(compression, WIDEST_ZSTD_WINDOW_LOG);
  const chunks: Uint8Array[] = [];
  await new Promise<void>((resolve) => {
    let left = most;
    decoder.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk);
      left -= chunk.byteLength;
      if (left <= 0) resolve();
    });
    decoder.once('error', () => resolve());
    // It is not the end: what is cut in two is no error.
    decoder.write(beginning, () => resolve());
  });
  decoder.destroy();
  return Buffer.concat(chunks);
}

/** What zstd --long asks for: such a beginning is known, so that its sender can be told. */
const WIDEST_ZSTD_WINDOW_LOG = 27;

function decoderFor(compression: 'gzip' | 'zstd', windowLog: number): Gunzip | ZstdDecompress {
  if (compression === 'gzip') return createGunzip({ chunkSize: CHUNK_BYTES });
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog };
  return createZstdDecompress({ chunkSize: CHUNK_BYTES, params });
}

/** The bytes of `source` unpacked. @throws RegistryError BLOB_UPLOAD_INVALID */
export function unpacked(
  source: ByteSource,
  compression: Compression,
  limits: CompressionLimits,
): ByteSource {
  return compression === 'none' ? source : unpack(source, compression, limits);
}

async function* unpack(
  source: ByteSource,
  compression: 'gzip' | 'zstd',
  limits: CompressionLimits,
): AsyncGenerator<Chunks> {
  const packed = { bytes: 0 };
  const decoder = decoderFor(compression, limits.archiveZstdWindowLog);
  const end = pipeline(Readable.from(counted(source, packed), { objectMode: false }), decoder);
  // Whoever reads the decoder hears of it.
  end.catch(() => undefined);
  let unpackedBytes = 0;
  try {
    for await (const chunk of decoder) {
      unpackedBytes += chunk.byteLength;
      const allowed = limits.archiveUnpackedBytes + packed.bytes * limits.archiveRatio;
      if (unpackedBytes > allowed) throw tooDense(limits);
      yield [chunk];
    }
    await end;
  } catch (error) {
    throw readable(error, compression, limits);
  } finally {
    decoder.destroy();
    // The source is left before anybody else reads on.
    await end.catch(() => undefined);
  }
}

const CHUNK_BYTES = 128 * 1024;

async function* counted(source: ByteSource, packed: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunks of source) {
    for (const chunk of chunks) {
      packed.bytes += chunk.byteLength;
      yield chunk;
    }
  }
}

/** What zlib says of bytes that aren't what they begin as; the source's own errors stay what they are. */
function readable(error: unknown, compression: string, { archiveZstdWindowLog }: CompressionLimits): unknown {
  const code = Error.isError(error) && 'code' in error ? String(error.code) : '';
  if (error instanceof RegistryError || !/^(Z_|ZSTD_|ERR_)/.test(code)) return error;
  if (code.includes('windowTooLarge')) {
    return invalidArchive(
      `its zstd takes more than ${2 ** (archiveZstdWindowLog - 20)} MiB of memory to unpack; compress it without --long and --ultra`,
    );
  }
  return invalidArchive(`its ${compression} is damaged or cut short (${code})`);
}

function tooDense({ archiveRatio, archiveUnpackedBytes }: CompressionLimits): RegistryError {
  return refuse('BLOB_UPLOAD_INVALID', {
    status: 413,
    message: `this archive can't be taken: it unpacks to more than ${archiveRatio} times its size (${archiveUnpackedBytes} bytes are free); unpack it and send the plain tar`,
    detail: { ratio: archiveRatio },
  });
}
