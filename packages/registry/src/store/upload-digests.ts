/**
 * The digests of upload parts that this process received, so that a blob that came in one PATCH needs no second
 * pass over its bytes. A part never changes once it is there; a digest that was forgotten, or computed by
 * another process, costs a pass. Nothing is kept on the disk: after a power cut the bytes may not be what they were.
 */

import { LRUCache } from 'lru-cache';
import type { Digest } from '../names.ts';
import type { StorePath } from './layout.ts';

const REMEMBERED_PARTS = 10_000;

export class UploadDigests {
  // By size, since `max` would take the room for all of them at once.
  readonly #known = new LRUCache<StorePath, Digest>({ maxSize: REMEMBERED_PARTS, sizeCalculation: () => 1 });

  remember(part: StorePath, digest: Digest): void {
    this.#known.set(part, digest);
  }

  /** The digest of the part, once. */
  take(part: StorePath): Digest | undefined {
    const digest = this.#known.get(part);
    this.#known.delete(part);
    return digest;
  }
}
