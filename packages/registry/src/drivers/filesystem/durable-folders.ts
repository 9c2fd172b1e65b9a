/**
 * Folders that survive a power cut.
 *
 * A name is durable only when the folder that holds it has been synced, and that folder's own name too, up to
 * the root. A folder that was there before may have been made a moment ago by another request or process that
 * has not synced yet, so being there proves nothing: what proves it is that this process has synced it, which
 * is remembered by identity, since a folder may be removed and made again under the same name. The same goes for
 * a file that somebody else has put in place.
 */

import { dirname } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Disk } from './disk.ts';

/** Enough for every folder and file that is used often; a forgotten one costs a sync. */
const REMEMBERED_NAMES = 100_000;

export class DurableFolders {
  readonly #disk: Disk;
  readonly #root: string;
  /** Path to identity of the folders and files whose own names are known to be durable. */
  // By size, since `max` would take the room for all of them at once.
  readonly #known = new LRUCache<string, bigint>({ maxSize: REMEMBERED_NAMES, sizeCalculation: () => 1 });
  /** The root, whoever made it, and those above it that were made here, as long as their names are not synced. */
  readonly #unsyncedAbove: Set<string>;

  /** @param root the folder below which names are made durable; made if it isn't there */
  constructor(disk: Disk, root: string) {
    this.#disk = disk;
    this.#root = root;
    this.#unsyncedAbove = new Set([root]);
  }

  /** Makes `folder` and the folders above it, as far as they are missing. */
  async make(folder: string): Promise<void> {
    try {
      await this.#disk.mkdir(folder);
      if (folder.length <= this.#root.length) this.#unsyncedAbove.add(folder);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return;
      if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
      await this.make(dirname(folder));
      await this.make(folder);
    }
  }

  /**
   * Resolves once the names in `folder`, and the names of the folders on the way to it, are on the disk.
   * One of them that has been removed meanwhile has nothing left to sync.
   */
  async sync(folder: string): Promise<void> {
    await this.#syncNames(folder).catch(ignoreMissing);
    for (let at = folder; at !== this.#root; at = dirname(at)) {
      const facts = await this.#disk.facts(at).catch(ignoreMissing);
      if (facts === undefined || this.#known.get(at) === facts.identity) continue;
      await this.#syncNames(dirname(at)).catch(ignoreMissing);
      this.#known.set(at, facts.identity);
    }
    for (const above of this.#unsyncedAbove) {
      await this.#syncNames(dirname(above)).catch(ignoreForbidden);
      this.#unsyncedAbove.delete(above);
    }
  }

  /** The file at `path` is known to have its content and its name on the disk. */
  remember(path: string, identity: bigint): void {
    this.#known.set(path, identity);
  }

  /** Resolves once the name of the file at `path` is on the disk, whoever put it there. @throws ENOENT */
  async syncFileName(path: string): Promise<void> {
    const { identity } = await this.#disk.facts(path);
    if (this.#known.get(path) === identity) return;
    await this.sync(dirname(path));
    this.#known.set(path, identity);
  }

  async #syncNames(folder: string): Promise<void> {
    const handle = await this.#disk.open(folder, 'folder');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** The `code` of an error of the operating system, which may come from another realm than this module's. */
export function codeOf(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What is above the root is not Berth's: it may be closed to it, or of a kind that knows no sync of folders. */
const FORBIDDEN: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS', 'EINVAL', 'ENOTSUP']);

function ignoreForbidden(error: unknown): undefined {
  if (!FORBIDDEN.has(codeOf(error))) throw error;
}

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
