/**
 * The driver that keeps everything in a folder of a filesystem, such that a crash at any moment leaves the old
 * state or the new one.
 *
 * Bytes come into a file of their own in `berth/tmp`, which nobody else opens for writing, are synced, and reach
 * their path by one rename (or link, where nothing may be replaced); then the folder is synced. After a sync that
 * failed nothing is tried again: the kernel may have dropped the pages and say yes the next time.
 */

import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import type { ByteSource, Chunks } from '../../chunks.ts';
import type { StorePath } from '../../store/layout.ts';
import {
  type Content,
  type Driver,
  DriverError,
  type DriverFailure,
  type FileFacts,
  isDriverFailure,
  type Placement,
  type PlaceOptions,
  type QuickReads,
  type Staged,
  type StagingListener,
} from '../driver.ts';
import { type Disk, type DiskFacts, type DiskFile, realDisk } from './disk.ts';
import { allOf, codeOf, DurableFolders } from './durable-folders.ts';
import { FolderClock } from './folder-clock.ts';
import { IncomingFile } from './incoming-file.ts';
import { Listings, pageOf } from './listings.ts';
import { quickListOf } from './quick-listings.ts';
import { isLocal, quickReadsOf } from './quick-reads.ts';
import { type SendfileFrom, sendfileFrom } from './sendfile.ts';

export interface FilesystemOptions {
  /** The folder that holds everything; what distribution calls `rootdirectory`. Made if it isn't there. */
  readonly rootDirectory: string;
  /** `relaxed` acknowledges before anything is on the disk: for data that may be lost. */
  readonly durability?: 'durable' | 'relaxed';
  /** Another disk than the operating system's; reads from it are never quick, and nothing goes past it. */
  readonly disk?: Disk;
  /** Whether reads may be answered without a promise where the disk allows it. */
  readonly quickReads?: boolean;
  /** Whether content may go straight into a socket where the operating system can do that. */
  readonly sendfile?: boolean;
  readonly randomId?: () => string;
  readonly clock?: () => number;
}

/** Where files wait until they have a path: beside distribution's tree, on the same filesystem. */
const STAGING_FOLDER = 'berth/tmp';
/** Read at once when staged bytes are read again. */
const READ_BYTES = 1024 * 1024;

const FAILURES: Readonly<Record<string, DriverFailure>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EEXIST: 'exists',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EMFILE: 'busy',
  ENFILE: 'busy',
  EBUSY: 'busy',
};

class StagedFile implements Staged {
  readonly path: string;
  readonly sizeBytes: number;

  constructor(path: string, sizeBytes: number) {
    this.path = path;
    this.sizeBytes = sizeBytes;
  }
}

class FilesystemDriver implements Driver {
  readonly quick: QuickReads | undefined;
  readonly #root: string;
  readonly #staging: string;
  readonly #disk: Disk;
  readonly #hasRealFiles: boolean;
  readonly #isDurable: boolean;
  readonly #randomId: () => string;
  readonly #folders: DurableFolders;
  readonly #listings: Listings;
  readonly #sendfileFrom: SendfileFrom | undefined;

  constructor(options: FilesystemOptions) {
    this.#root = resolve(options.rootDirectory);
    this.#staging = join(this.#root, STAGING_FOLDER);
    this.#disk = options.disk ?? realDisk;
    this.#hasRealFiles = options.disk === undefined;
    this.#isDurable = options.durability !== 'relaxed';
    this.#randomId = options.randomId ?? randomUUID;
    this.#folders = new DurableFolders(this.#disk, this.#root);
    const { disk, quickReads = true, sendfile = true } = options;
    const isOneClock = disk === undefined && isLocal(this.#root);
    const clock = new FolderClock({
      disk: this.#disk,
      nowMs: options.clock ?? Date.now,
      probePath: isOneClock ? () => this.#stagingPath() : undefined,
    });
    this.#listings = new Listings(this.#disk, clock);
    const mayBeQuick = disk === undefined && quickReads;
    this.quick = mayBeQuick ? quickReadsOf(this.#root, quickListOf(this.#listings, clock)) : undefined;
    this.#sendfileFrom = disk === undefined && sendfile ? sendfileFrom(this.#root) : undefined;
  }

  stat(path: StorePath): Promise<FileFacts> {
    return this.#mapped(path, async () => fileFactsOf(await this.#disk.facts(this.#at(path))));
  }

  open(path: StorePath): Promise<Content> {
    return this.#mapped(path, async () => {
      const file = await this.#disk.open(this.#at(path), 'read');
      const content = await contentOf(file);
      const sendfile = file.descriptor && this.#sendfileFrom?.(file.descriptor, content.sizeBytes);
      return { ...content, sendfile };
    });
  }

  readSmall(path: StorePath, limitBytes: number): Promise<Buffer> {
    return this.#mapped(path, async () => {
      const content = await contentOf(await this.#disk.open(this.#at(path), 'read'));
      try {
        if (content.sizeBytes > limitBytes) throw new Error(`${path} has more than ${limitBytes} bytes`);
        const bytes = Buffer.allocUnsafe(content.sizeBytes);
        return bytes.subarray(0, await readFully(content, bytes));
      } finally {
        await content.close();
      }
    });
  }

  stage(source: ByteSource, onWritten?: StagingListener): Promise<Staged> {
    return this.#mapped(STAGING_FOLDER, async () => {
      const path = this.#stagingPath();
      const incoming = new IncomingFile(await this.#createStaged(path), {
        syncsAhead: this.#isDurable,
        onWritten: this.#hasRealFiles ? (upToBytes) => onWritten?.(path, upToBytes) : ignore,
      });
      try {
        for await (const chunks of source) await incoming.add(chunks);
        return new StagedFile(path, await incoming.end());
      } catch (error) {
        await this.#disk.unlink(path).catch(ignore);
        throw error;
      } finally {
        await incoming.close();
      }
    });
  }

  take(path: StorePath): Promise<Staged> {
    return this.#mapped(path, async () => {
      const taken = this.#stagingPath();
      await this.#disk.rename(this.#at(path), taken).catch(async (error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error;
        await this.#folders.make(this.#staging);
        await this.#disk.rename(this.#at(path), taken);
      });
      return new StagedFile(taken, (await this.#disk.facts(taken)).sizeBytes);
    });
  }

  async *readStaged(staged: Staged): AsyncIterable<Chunks> {
    const content = await contentOf(await this.#disk.open(pathOf(staged), 'read'));
    try {
      for (let offset = 0; offset < content.sizeBytes; ) {
        const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, content.sizeBytes - offset));
        const count = await content.read(chunk, offset);
        if (count === 0) return;
        yield [chunk.subarray(0, count)];
        offset += count;
      }
    } finally {
      await content.close();
    }
  }

  place(staged: Staged, path: StorePath, options: PlaceOptions): Promise<void> {
    return this.#mapped(path, () => this.#placeAll([{ staged, path }], options));
  }

  placeInOrder(files: readonly Placement[], options: PlaceOptions): Promise<void> {
    return this.#mapped(files[0]?.path ?? STAGING_FOLDER, () => this.#placeAll(files, options));
  }

  makeDurable(path: StorePath): Promise<void> {
    return this.#mapped(path, async () => {
      if (this.#isDurable) await this.#folders.syncFileName(this.#at(path));
      else await this.#disk.facts(this.#at(path));
    });
  }

  async discard(staged: Staged): Promise<void> {
    await this.#disk.unlink(pathOf(staged)).catch(ignore);
  }

  async writeSmall(path: StorePath, bytes: Uint8Array, options: PlaceOptions): Promise<void> {
    await this.place(await this.stage([[bytes]]), path, options);
  }

  list(path: StorePath, after: string, limit: number): Promise<readonly string[]> {
    return this.#mapped(path, async () => pageOf(await this.#listings.namesIn(this.#at(path)), after, limit));
  }

  listSome(path: StorePath, limit: number): Promise<readonly string[]> {
    return this.#mapped(path, () => this.#disk.names(this.#at(path), limit)).catch(noneIfMissing);
  }

  delete(path: StorePath): Promise<void> {
    return this.#mapped(path, async () => {
      await this.#disk.unlink(this.#at(path));
      if (this.#isDurable) await this.#folders.sync([dirname(this.#at(path))]);
    });
  }

  deleteFolder(path: StorePath): Promise<void> {
    return this.#mapped(path, () => this.#removeAll(this.#at(path)));
  }

  deleteEmptyFolder(path: StorePath): Promise<void> {
    return this.#mapped(path, async () => {
      await this.#removeEmpty(this.#at(path));
    });
  }

  async sweepStaged(beforeMs: number): Promise<number> {
    let swept = 0;
    const entries = await this.#disk.readdir(this.#staging).catch(() => []);
    for (const { name } of entries) {
      const path = join(this.#staging, name);
      const facts = await this.#disk.facts(path).catch(() => undefined);
      if (facts === undefined || Number(facts.modifiedAtNs / 1_000_000n) >= beforeMs) continue;
      await this.#disk.unlink(path).catch(ignore);
      swept += 1;
    }
    return swept;
  }

  async close(): Promise<void> {}

  #at(path: StorePath): string {
    return `${this.#root}/${path}`;
  }

  #stagingPath(): string {
    return `${this.#staging}/${this.#randomId()}`;
  }

  async #createStaged(path: string): Promise<DiskFile> {
    try {
      return await this.#disk.open(path, 'create');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await this.#folders.make(this.#staging);
      return await this.#disk.open(path, 'create');
    }
  }

  /** All contents are on the disk before the first name is there, and all names before it resolves. */
  async #placeAll(files: readonly Placement[], { durable, ifAbsent = false }: PlaceOptions): Promise<void> {
    const moves = files.map(({ staged, path }) => ({ from: pathOf(staged), to: this.#at(path) }));
    const isDurable = durable && this.#isDurable;
    try {
      const identities = isDurable ? await allOf(moves.map(({ from }) => this.#syncFile(from))) : [];
      for (const { from, to } of moves) await this.#move(from, to, ifAbsent);
      if (!isDurable) return;
      await this.#folders.sync(moves.map(({ to }) => dirname(to)));
      for (const [index, { to }] of moves.entries()) this.#folders.remember(to, identities[index]);
    } catch (error) {
      await Promise.all(files.map(({ staged }) => this.discard(staged)));
      throw error;
    }
  }

  async #syncFile(path: string): Promise<bigint> {
    const file = await this.#disk.open(path, 'read');
    try {
      await file.sync();
      return (await file.facts()).identity;
    } finally {
      await file.close();
    }
  }

  /** The folder may be missing, or be removed between its making and the move (a tag's, by a delete). */
  async #move(from: string, to: string, ifAbsent: boolean): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (!ifAbsent) return await this.#disk.rename(from, to);
        await this.#disk.link(from, to);
        return await this.#disk.unlink(from).catch(ignore);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || attempt === 10) throw error;
        await this.#folders.make(dirname(to));
      }
    }
  }

  async #removeAll(folder: string): Promise<void> {
    try {
      for (const { name, kind } of await this.#disk.readdir(folder)) {
        const path = join(folder, name);
        if (kind === 'folder') await this.#removeAll(path);
        else await ignoreMissing(this.#disk.unlink(path));
      }
      await this.#disk.rmdir(folder);
    } catch (error) {
      // ENOTEMPTY: somebody put something new in it meanwhile, which is theirs to keep.
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTEMPTY') throw error;
    }
  }

  /** rmdir itself refuses a folder with anything in it, so nothing that comes meanwhile is lost. */
  async #removeEmpty(folder: string): Promise<boolean> {
    try {
      for (const { name, kind } of await this.#disk.readdir(folder)) {
        // The first thing that stays keeps all that it is in: a tree that isn't empty costs one way down.
        if (kind !== 'folder' || !(await this.#removeEmpty(join(folder, name)))) return false;
      }
      await this.#disk.rmdir(folder);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return true;
      if (codeOf(error) === 'ENOTEMPTY') return false;
      throw error;
    }
  }

  async #mapped<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      const failure = FAILURES[codeOf(error) ?? ''];
      if (failure === undefined || error instanceof DriverError) throw error;
      throw new DriverError(failure, path, error);
    }
  }
}

/** The driver on a folder of the filesystem. */
export function filesystemDriver(options: FilesystemOptions): Driver {
  return new FilesystemDriver(options);
}

async function contentOf(file: DiskFile): Promise<Content> {
  try {
    const { sizeBytes } = fileFactsOf(await file.facts());
    return { sizeBytes, read: (target, offset) => file.read(target, offset), close: () => file.close() };
  } catch (error) {
    await file.close().catch(ignore);
    throw error;
  }
}

async function readFully(content: Content, target: Buffer): Promise<number> {
  let filled = 0;
  while (filled < target.byteLength) {
    const count = await content.read(target.subarray(filled), filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

function fileFactsOf(facts: DiskFacts): FileFacts {
  if (facts.kind !== 'file') throw Object.assign(new Error('not a file'), { code: 'ENOENT' });
  return { sizeBytes: facts.sizeBytes, modifiedAtMs: Number(facts.modifiedAtNs / 1_000_000n) };
}

function pathOf(staged: Staged): string {
  if (staged instanceof StagedFile) return staged.path;
  throw new TypeError('this was staged by another driver');
}

function noneIfMissing(error: unknown): [] {
  if (isDriverFailure(error, 'missing')) return [];
  throw error;
}

async function ignoreMissing(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

function ignore(): void {}
