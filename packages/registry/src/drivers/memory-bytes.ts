/**
 * Bytes in memory that came in chunks of any size: in segments of one size, so that a large file is never
 * copied whole and an offset is found without a search.
 */

import type { ByteSource, Chunks } from '../chunks.ts';

const SEGMENT_BYTES = 1024 * 1024;

export class MemoryBytes {
  readonly sizeBytes: number;
  /** All but the last are SEGMENT_BYTES long. */
  readonly #segments: readonly Buffer[];

  constructor(segments: readonly Buffer[]) {
    this.#segments = segments;
    this.sizeBytes = segments.reduce((sum, segment) => sum + segment.byteLength, 0);
  }

  /** Fills `target` from `offsetBytes` on; the number of bytes read, 0 at the end. */
  read(target: Uint8Array, offsetBytes: number): number {
    let filled = 0;
    while (filled < target.byteLength) {
      const at = offsetBytes + filled;
      const begin = at % SEGMENT_BYTES;
      const segment = this.#segments[Math.floor(at / SEGMENT_BYTES)];
      const part = segment?.subarray(begin, begin + target.byteLength - filled);
      if (part === undefined || part.byteLength === 0) break;
      target.set(part, filled);
      filled += part.byteLength;
    }
    return filled;
  }

  *segments(): Iterable<Chunks> {
    // Copies: whoever reads may write into what it is given.
    for (const segment of this.#segments) yield [Buffer.from(segment)];
  }
}

/** All that `source` gives. Its chunks are copied: a source may use its buffer again. */
export async function collectBytes(source: ByteSource): Promise<MemoryBytes> {
  const full: Buffer[] = [];
  let current = Buffer.alloc(0);
  let filled = 0;
  const add = (chunk: Uint8Array): void => {
    for (let at = 0; at < chunk.byteLength; ) {
      if (filled === current.byteLength) {
        if (filled > 0) full.push(current);
        current = Buffer.allocUnsafeSlow(SEGMENT_BYTES);
        filled = 0;
      }
      const part = chunk.subarray(at, at + current.byteLength - filled);
      current.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
    }
  };
  for await (const chunks of source) for (const chunk of chunks) add(chunk);
  return new MemoryBytes([...full, Buffer.from(current.subarray(0, filled))]);
}

/** A copy of `bytes`, which are few. */
export function bytesOf(bytes: Uint8Array): MemoryBytes {
  const segments: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; at += SEGMENT_BYTES) {
    segments.push(Buffer.from(bytes.subarray(at, at + SEGMENT_BYTES)));
  }
  return new MemoryBytes(segments);
}
