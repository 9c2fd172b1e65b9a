/** The digest of bytes that are there. */

import { createHash } from 'node:crypto';
import type { ByteSource } from '../chunks.ts';
import { type Digest, type DigestAlgorithm, digestOf } from '../names.ts';

/** The digest of bytes that are in memory. */
export function digestOfBytes(bytes: Uint8Array, algorithm: DigestAlgorithm): Digest {
  return digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

/** The digest of a whole source. */
export async function digestOfSource(source: ByteSource, algorithm: DigestAlgorithm): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const chunks of source) for (const chunk of chunks) hash.update(chunk);
  return digestOf(algorithm, hash.digest('hex'));
}
