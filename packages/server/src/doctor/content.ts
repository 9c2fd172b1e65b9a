// Bytes that are in no registry yet, as many as wanted, twice the same: once for the digest, once for the way. Made from
// a key, so that memory stays flat.

import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import type { Content } from './ask.ts';

const chunkBytes = 256 * 1024;

export interface RandomContent extends Content {
  readonly digest: string;
}

export function randomContent(sizeBytes: number): RandomContent {
  const [key, nonce] = [randomBytes(16), randomBytes(16)];
  const zeros = Buffer.alloc(chunkBytes);
  function* chunks(): Iterable<Buffer> {
    const cipher = createCipheriv('aes-128-ctr', key, nonce);
    for (let left = sizeBytes; left > 0; left -= chunkBytes) {
      yield cipher.update(left < chunkBytes ? zeros.subarray(0, left) : zeros);
    }
  }
  const hash = createHash('sha256');
  for (const chunk of chunks()) hash.update(chunk);
  return { sizeBytes, digest: `sha256:${hash.digest('hex')}`, chunks };
}

export function contentOf(text: string): RandomContent {
  const bytes = Buffer.from(text);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { sizeBytes: bytes.length, digest, chunks: () => [bytes] };
}
