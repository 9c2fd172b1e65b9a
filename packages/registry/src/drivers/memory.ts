/**
 * The driver that keeps everything in memory, for tests and for registries that may forget.
 *
 * There are no folders of their own: one is there as long as there is a file below it, as in an object store.
 * Contents are never changed after they are staged, so whoever has one open keeps it.
 */

import type { ByteSource, Chunks } from '../chunks.ts';
import type { StorePath } from '../store/layout.ts';
import {
  type Content,
  type Driver,
  DriverError,
  type FileFacts,
  type Placement,
  type PlaceOptions,
  type QuickReads,
  type Staged,
} from './driver.ts';
import { pageOf } from './filesystem/listings.ts';
import { bytesOf, collectBytes, type MemoryBytes } from './memory-bytes.ts';

export interface MemoryOptions {
  readonly clock?: () => number;
  /** Whether reads may be answered without a promise. */
  readonly quickReads?: boolean;
}

class StagedBytes implements Staged {
  readonly bytes: MemoryBytes;
  readonly stagedAtMs: number;

  constructor(bytes: MemoryBytes, stagedAtMs: number) {
    this.bytes = bytes;
    this.stagedAtMs = stagedAtMs;
  }

  get sizeBytes(): number {
    return this.bytes.sizeBytes;
  }
}

interface MemoryFile {
  readonly bytes: MemoryBytes;
  readonly facts: FileFacts;
}

/** What is in a folder; the names of its folders are kept in order, so that a listing costs its page. */
interface Folder {
  readonly files: Map<string, MemoryFile>;
  readonly folders: Map<string, Folder>;
  readonly folderNames: string[];
}

class MemoryDriver implements Driver {
  readonly quick: QuickReads | undefined;
  readonly #clock: () => number;
  readonly #root = emptyFolder();
  readonly #staged = new Set<StagedBytes>();

  constructor(options: MemoryOptions) {
    this.#clock = options.clock ?? Date.now;
    this.quick = options.quickReads === false ? undefined : this.#quickReads();
  }

  async stat(path: StorePath): Promise<FileFacts> {
    return this.#file(path).facts;
  }

  async open(path: StorePath): Promise<Content> {
    const { bytes, facts } = this.#file(path);
    return { ...facts, read: async (target, offset) => bytes.read(target, offset), close: async () => {} };
  }

  async readSmall(path: StorePath, limitBytes: number): Promise<Buffer> {
    const { bytes } = this.#file(path);
    if (bytes.sizeBytes > limitBytes) throw new Error(`${path} has more than ${limitBytes} bytes`);
    return wholeOf(bytes);
  }

  async stage(source: ByteSource): Promise<Staged> {
    return this.#keep(await collectBytes(source));
  }

  async take(path: StorePath): Promise<Staged> {
    const { bytes } = this.#file(path);
    this.#remove(path);
    return this.#keep(bytes);
  }

  async *readStaged(staged: Staged): AsyncIterable<Chunks> {
    yield* bytesIn(staged).bytes.segments();
  }

  async place(staged: Staged, path: StorePath, options: PlaceOptions): Promise<void> {
    const { bytes } = bytesIn(staged);
    if (!this.#staged.delete(bytesIn(staged))) throw new DriverError('missing', path);
    this.#put(path, bytes, options);
  }

  async placeInOrder(files: readonly Placement[], options: PlaceOptions): Promise<void> {
    try {
      for (const { staged, path } of files) await this.place(staged, path, options);
    } catch (error) {
      for (const { staged } of files) await this.discard(staged);
      throw error;
    }
  }

  async discard(staged: Staged): Promise<void> {
    this.#staged.delete(bytesIn(staged));
  }

  async writeSmall(path: StorePath, bytes: Uint8Array, options: PlaceOptions): Promise<void> {
    this.#put(path, bytesOf(bytes), options);
  }

  async makeDurable(path: StorePath): Promise<void> {
    this.#file(path);
  }

  async list(path: StorePath, after: string, limit: number): Promise<readonly string[]> {
    return this.#page(path, after, limit);
  }

  async listSome(path: StorePath, limit: number): Promise<readonly string[]> {
    return this.#page(path, '', limit);
  }

  async delete(path: StorePath): Promise<void> {
    this.#file(path);
    this.#remove(path);
  }

  async deleteFolder(path: StorePath): Promise<void> {
    const names = path.split('/');
    const name = names.pop() ?? '';
    const parent = this.#folder(names);
    if (parent === undefined) return;
    dropFolder(parent, name);
    this.#prune(names);
  }

  /** A folder without files isn't there to begin with. */
  async deleteEmptyFolder(): Promise<void> {}

  async sweepStaged(beforeMs: number): Promise<number> {
    const old = [...this.#staged].filter((staged) => staged.stagedAtMs < beforeMs);
    for (const staged of old) this.#staged.delete(staged);
    return old.length;
  }

  async close(): Promise<void> {}

  #quickReads(): QuickReads {
    return {
      stat: (path) => this.#find(path)?.facts ?? 'missing',
      readWhole: (path, limitBytes) => {
        const file = this.#find(path);
        if (file === undefined) return 'missing';
        return file.bytes.sizeBytes > limitBytes ? undefined : wholeOf(file.bytes);
      },
      list: (path, after, limit) => this.#page(path, after, limit),
    };
  }

  #page(path: StorePath, after: string, limit: number): readonly string[] {
    return pageOf(this.#folder(path.split('/'))?.folderNames ?? [], after, limit);
  }

  #keep(bytes: MemoryBytes): Staged {
    const staged = new StagedBytes(bytes, this.#clock());
    this.#staged.add(staged);
    return staged;
  }

  #file(path: StorePath): MemoryFile {
    const file = this.#find(path);
    if (file === undefined) throw new DriverError('missing', path);
    return file;
  }

  #find(path: StorePath): MemoryFile | undefined {
    const names = path.split('/');
    const name = names.pop() ?? '';
    return this.#folder(names)?.files.get(name);
  }

  #folder(names: readonly string[]): Folder | undefined {
    let folder: Folder | undefined = this.#root;
    for (const name of names) folder = folder?.folders.get(name);
    return folder;
  }

  #put(path: StorePath, bytes: MemoryBytes, options: PlaceOptions): void {
    const names = path.split('/');
    const name = names.pop() ?? '';
    if (options.ifAbsent === true && this.#folder(names)?.files.has(name)) {
      throw new DriverError('exists', path);
    }
    let folder = this.#root;
    for (const above of names) folder = folder.folders.get(above) ?? addFolder(folder, above);
    const facts = { sizeBytes: bytes.sizeBytes, modifiedAtMs: this.#clock() };
    folder.files.set(name, { bytes, facts });
  }

  #remove(path: StorePath): void {
    const names = path.split('/');
    const name = names.pop() ?? '';
    this.#folder(names)?.files.delete(name);
    this.#prune(names);
  }

  /** Takes away the folders on the way to `names` that have nothing left in them. */
  #prune(names: readonly string[]): void {
    for (let depth = names.length; depth > 0; depth -= 1) {
      const folder = this.#folder(names.slice(0, depth));
      if (folder === undefined) continue;
      if (folder.files.size > 0 || folder.folders.size > 0) return;
      const parent = this.#folder(names.slice(0, depth - 1));
      if (parent !== undefined) dropFolder(parent, names[depth - 1] ?? '');
    }
  }
}

/** A driver that keeps everything in memory and nothing beyond the process. */
export function memoryDriver(options: MemoryOptions = {}): Driver {
  return new MemoryDriver(options);
}

function wholeOf(bytes: MemoryBytes): Buffer {
  const whole = Buffer.alloc(bytes.sizeBytes);
  bytes.read(whole, 0);
  return whole;
}

function emptyFolder(): Folder {
  return { files: new Map(), folders: new Map(), folderNames: [] };
}

function addFolder(parent: Folder, name: string): Folder {
  const folder = emptyFolder();
  parent.folders.set(name, folder);
  parent.folderNames.splice(placeOf(parent.folderNames, name), 0, name);
  return folder;
}

function dropFolder(parent: Folder, name: string): void {
  if (parent.folders.delete(name)) parent.folderNames.splice(placeOf(parent.folderNames, name), 1);
}

/** Where `name` is, or would be, in `names`, which are in order. */
function placeOf(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bytesIn(staged: Staged): StagedBytes {
  if (staged instanceof StagedBytes) return staged;
  throw new TypeError('this was staged by another driver');
}
