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

interface Named {
  readonly folder: string;
  readonly identity: bigint;
}

interface FolderSyncs {
  readonly running: Promise<void>;
  /** Begins when the running one has ended. */
  readonly next: Promise<void> | undefined;
}

export class DurableFolders {
  readonly #disk: Disk;
  readonly #root: string;
  /** Path to identity of the folders and files whose own names are known to be durable. */
  // By size, since `max` would take the room for all of them at once.
  readonly #known = new LRUCache<string, bigint>({ maxSize: REMEMBERED_NAMES, sizeCalculation: () => 1 });
  /** By folder, as long as one is under way. */
  readonly #syncs = new Map<string, FolderSyncs>();
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
   * Resolves once the names in `folders`, and the names of the folders on the way to them, are on the disk.
   * One of them that has been removed meanwhile has nothing left to sync.
   */
  async sync(folders: readonly string[]): Promise<void> {
    const unknown = (await allOf(folders.map((folder) => this.#unknownOnTheWayTo(folder)))).flat();
    const toSync = new Set([...folders, ...unknown.map(({ folder }) => dirname(folder))]);
    await allOf([...toSync].map((folder) => this.#syncNames(folder).catch(ignoreMissing)));
    for (const { folder, identity } of unknown) this.#known.set(folder, identity);
    for (const above of this.#unsyncedAbove) {
      await this.#syncNames(dirname(above)).catch(ignoreForbidden);
      this.#unsyncedAbove.delete(above);
    }
  }

  /** The file at `path` is known to have its content and its name on the disk. */
  remember(path: string, identity: bigint | undefined): void {
    if (identity !== undefined) this.#known.set(path, identity);
  }

  /** Resolves once the name of the file at `path` is on the disk, whoever put it there. @throws ENOENT */
  async syncFileName(path: string): Promise<void> {
    const { identity } = await this.#disk.facts(path);
    if (this.#known.get(path) === identity) return;
    await this.sync([dirname(path)]);
    this.#known.set(path, identity);
  }

  /**
   * Those that are not known to be durable, from `folder` upwards. Above one that is known all are: it can't have been
   * there for a moment without them, and they were synced with it.
   */
  async #unknownOnTheWayTo(folder: string): Promise<Named[]> {
    const unknown: Named[] = [];
    for (let at = folder; at !== this.#root; at = dirname(at)) {
      const facts = await this.#disk.facts(at).catch(ignoreMissing);
      if (facts === undefined) continue;
      if (this.#known.get(at) === facts.identity) break;
      unknown.push({ folder: at, identity: facts.identity });
    }
    return unknown;
  }

  /** Several who want the same folder synced at once share the next sync: one that begins after they asked. */
  #syncNames(folder: string): Promise<void> {
    const { running, next } = this.#syncs.get(folder) ?? {};
    if (next !== undefined) return next;
    if (running === undefined) return this.#startSync(folder);
    // One that failed fails for who waits behind it, too: the next might say yes to what is lost.
    const waiting = running.catch(ignoreMissing).then(
      () => this.#startSync(folder),
      (error: unknown) => {
        this.#syncs.delete(folder);
        throw error;
      },
    );
    this.#syncs.set(folder, { running, next: waiting });
    return waiting;
  }

  #startSync(folder: string): Promise<void> {
    const running = this.#openAndSync(folder).finally(() => {
      if (this.#syncs.get(folder)?.next === undefined) this.#syncs.delete(folder);
    });
    this.#syncs.set(folder, { running, next: undefined });
    return running;
  }

  async #openAndSync(folder: string): Promise<void> {
    const handle = await this.#disk.open(folder, 'folder');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** The results of all, once none of them is under way any more. @throws the first failure, in their order */
export async function allOf<Value>(works: readonly Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(works);
  return await Promise.all(works);
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
