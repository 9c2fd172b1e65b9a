/**
 * The names in folders, in order, remembered for as long as the folder's times say that they hold. Times are the
 * filesystem's, so that this is right for any number of processes and for other programs.
 */

import { LRUCache } from 'lru-cache';
import type { Disk, DiskFacts } from './disk.ts';
import { codeOf } from './durable-folders.ts';
import type { FolderClock, FolderTimes } from './folder-clock.ts';
import { SharedRuns } from './shared-runs.ts';
import { inOrder } from './sorting.ts';

/** About 64 bytes a name: bounds what is remembered at some 64 MB. */
const REMEMBERED_NAMES = 1_000_000;
/** What a folder takes beside its names, in names. */
const NAMES_PER_FOLDER = 8;

interface Listing extends FolderTimes {
  readonly names: readonly string[];
}

export class Listings {
  readonly #disk: Disk;
  readonly #clock: FolderClock;
  readonly #reads = new SharedRuns<readonly string[]>();
  readonly #known = new LRUCache<string, Listing>({
    maxSize: REMEMBERED_NAMES,
    sizeCalculation: (listing) => listing.names.length + NAMES_PER_FOLDER,
  });

  constructor(disk: Disk, clock: FolderClock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** The names in `folder`, in the order of their bytes; none if it isn't a folder that is there. */
  async namesIn(folder: string): Promise<readonly string[]> {
    try {
      const known = this.known(folder, await this.#disk.facts(folder));
      return known ?? (await this.#reads.run(folder, () => this.#read(folder)));
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw error;
    }
  }

  /** What is remembered of `folder`, if it still is as it was. */
  known(folder: string, { modifiedAtNs, changedAtNs }: FolderTimes): readonly string[] | undefined {
    const known = this.#known.get(folder);
    const holds = known?.modifiedAtNs === modifiedAtNs && known.changedAtNs === changedAtNs;
    return holds ? known.names : undefined;
  }

  /** `names` were read after `facts`, and after it was clear that the next change comes at another time. */
  remember(folder: string, { modifiedAtNs, changedAtNs }: FolderTimes, names: readonly string[]): void {
    this.#known.set(folder, { modifiedAtNs, changedAtNs, names });
  }

  async #read(folder: string): Promise<readonly string[]> {
    const facts: DiskFacts = await this.#disk.facts(folder);
    const known = this.known(folder, facts);
    if (known !== undefined) return known;
    // Asked before the names are read: what comes while they are read then has a later time.
    const isPast = await this.#clock.isPast(facts);
    const names = await inOrder(await this.#disk.names(folder));
    if (isPast) this.remember(folder, facts, names);
    return names;
  }
}

/** The names after `after`, at most `limit`, of names in order. */
export function pageOf(names: readonly string[], after: string, limit: number): readonly string[] {
  const start = after === '' ? 0 : firstAfter(names, after);
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
