/** Hashing of bytes on their way to the disk. */

import { createHash } from 'node:crypto';
import type { ByteSource } from '../drivers/driver.ts';
import { type Digest, type DigestAlgorithm, digestOf } from '../names.ts';

export interface HashedSource {
  readonly source: AsyncIterable<Uint8Array>;
  /** The digest of all that went by. Call it once, after the end. */
  digest(): Digest;
}

/** `source` with its digest beside it. */
export function hashed(source: ByteSource, algorithm: DigestAlgorithm): HashedSource {
  const hash = createHash(algorithm);
  async function* pass(): AsyncIterable<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return { source: pass(), digest: () => digestOf(algorithm, hash.digest('hex')) };
}

/** The digest of bytes that are in memory. */
export function digestOfBytes(bytes: Uint8Array, algorithm: DigestAlgorithm): Digest {
  return digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

/** The digest of a whole source. */
export async function digestOfSource(source: ByteSource, algorithm: DigestAlgorithm): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const chunk of source) hash.update(chunk);
  return digestOf(algorithm, hash.digest('hex'));
}
