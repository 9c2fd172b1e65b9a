/**
 * The sorted names of folders, remembered for as long as the folder's modification time says that they hold.
 *
 * A time that is only a moment old says nothing: another name may come within the same tick of the
 * filesystem's clock. Such a listing is used once and not kept.
 */

import { LRUCache } from 'lru-cache';
import type { Disk } from './disk.ts';
import { codeOf } from './durable-folders.ts';

/** The coarsest clock of a filesystem that people use (FAT, old NFS). */
const TICK_NS = 2_000_000_000n;
/** About 64 bytes a name: bounds what is remembered at some 64 MB. */
const REMEMBERED_NAMES = 1_000_000;

interface Listing {
  readonly modifiedAtNs: bigint;
  readonly names: readonly string[];
}

export class Listings {
  readonly #disk: Disk;
  readonly #nowMs: () => number;
  readonly #known = new LRUCache<string, Listing>({
    maxSize: REMEMBERED_NAMES,
    sizeCalculation: (listing) => listing.names.length + 1,
  });

  constructor(disk: Disk, nowMs: () => number) {
    this.#disk = disk;
    this.#nowMs = nowMs;
  }

  /** The folders in `folder`, in the order of their bytes; none if it isn't there. */
  async foldersIn(folder: string): Promise<readonly string[]> {
    try {
      const { modifiedAtNs } = await this.#disk.facts(folder);
      const known = this.#known.get(folder);
      if (known?.modifiedAtNs === modifiedAtNs) return known.names;
      const names = await this.#read(folder);
      const isSettled = BigInt(Math.floor(this.#nowMs())) * 1_000_000n - modifiedAtNs > TICK_NS;
      if (isSettled) this.#known.set(folder, { modifiedAtNs, names });
      return names;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw error;
    }
  }

  async #read(folder: string): Promise<readonly string[]> {
    const entries = await this.#disk.readdir(folder);
    // Every name in the store is ASCII, so the order of code units is that of bytes.
    return entries
      .filter((entry) => entry.kind === 'folder')
      .map((entry) => entry.name)
      .sort();
  }
}

/** The names after `after`, at most `limit`, of names in order. */
export function pageOf(names: readonly string[], after: string, limit: number): readonly string[] {
  const start = firstAfter(names, after);
  return names.slice(start, start + limit);
}

function firstAfter(names: readonly string[], after: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const name = names[middle];
    if (name !== undefined && name <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
