/**
 * Manifests as they are stored. What a digest names never changes, so its bytes are remembered; that it is still
 * there is asked of the disk every time, as another process may have taken it.
 */

import { LRUCache } from 'lru-cache';
import { type Driver, isDriverFailure } from '../drivers/driver.ts';
import type { Digest } from '../names.ts';
import { digestOfBytes } from './hashing.ts';
import { blobData } from './layout.ts';
import { isThere } from './links.ts';
import { storedMediaType } from './manifest-document.ts';

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A few thousand manifests of the usual size. */
const REMEMBERED_BYTES = 16 * 1024 * 1024;
/** A larger one is read again each time rather than push out hundreds of others. */
const REMEMBERED_MANIFEST_BYTES = 256 * 1024;

export class StoredManifests {
  readonly #limitBytes: number;
  readonly #known = new LRUCache<string, StoredManifest>({
    maxSize: REMEMBERED_BYTES,
    maxEntrySize: REMEMBERED_MANIFEST_BYTES,
    sizeCalculation: (manifest) => manifest.bytes.byteLength + 512,
  });

  /** @param limitBytes the size of the largest manifest that is taken */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The manifest as it was once read. Whether it is still there is for the caller to see. */
  recall(digest: Digest): StoredManifest | undefined {
    return this.#known.get(digest.text);
  }

  /** The manifest, whoever's it is; undefined if it isn't there. Hot path. */
  async read(driver: Driver, digest: Digest): Promise<StoredManifest | undefined> {
    const known = this.#known.get(digest.text);
    if (known !== undefined && (await isThere(driver, blobData(digest)))) return known;
    const bytes = await this.#readBytes(driver, digest);
    // Torn bytes (another program's crash) are as good as none: the next push puts the right ones there.
    if (bytes === undefined || digestOfBytes(bytes, digest.algorithm).text !== digest.text) return undefined;
    const manifest = { digest, mediaType: storedMediaType(bytes), bytes };
    this.#known.set(digest.text, manifest);
    return manifest;
  }

  async #readBytes(driver: Driver, digest: Digest): Promise<Buffer | undefined> {
    try {
      return await driver.readSmall(blobData(digest), this.#limitBytes);
    } catch (error) {
      if (isDriverFailure(error, 'missing')) return undefined;
      throw error;
    }
  }
}
