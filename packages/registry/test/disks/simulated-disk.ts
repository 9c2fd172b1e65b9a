/**
 * A disk in memory that behaves as POSIX says, fails where it is told to, and can lose its power: everything
 * after that throws, and `afterPowerCut` gives the disk that the next boot finds.
 *
 * Every call is one step that may fail; what of a write is done before it fails, and what a power cut leaves,
 * follow from the seed. It knows nothing of what is stored.
 */

import type { Disk, DiskEntry, DiskFacts, DiskFile } from '../../src/drivers/filesystem/disk.ts';
import { DiskTree, failure } from './disk-tree.ts';
import type { Node } from './folder-node.ts';
import { type Random, randomFrom } from './random.ts';

/** Every kind of call, and whether it would change what is on the disk. */
const CALLS = {
  open: false,
  create: true,
  facts: false,
  mkdir: true,
  rename: true,
  link: true,
  unlink: true,
  rmdir: true,
  readdir: false,
  write: true,
  read: false,
  'open-facts': false,
  'file-sync': true,
  'folder-sync': true,
  close: false,
} as const satisfies Record<string, boolean>;

export type DiskCallKind = keyof typeof CALLS;

/** The `number`-th call that a disk gets, counted from 1. */
export interface DiskCall {
  readonly number: number;
  readonly kind: DiskCallKind;
  readonly path: string;
  readonly isChange: boolean;
}

/** What happens to a call: nothing, an error with this code, or no power from here on. */
export type Fault = (call: DiskCall) => string | undefined;

export const POWER_CUT = 'power cut';

export interface SimulatedDiskOptions {
  readonly seed: number;
  /** Milliseconds since 1970, for modification times. */
  readonly clock: () => number;
  /** Lets other work go on before a call; where several go on at once, their order follows from it. */
  readonly turn?: () => Promise<void>;
}

interface Handle {
  readonly node: Node;
  readonly path: string;
  isOpen: boolean;
}

export class SimulatedDisk implements Disk {
  /** Replaced by a test while the disk is in use. */
  fault: Fault = () => undefined;
  callCount = 0;
  openFileCount = 0;
  hasPower = true;
  readonly #turn: (() => Promise<void>) | undefined;
  readonly #random: Random;
  readonly #tree: DiskTree;

  constructor(options: SimulatedDiskOptions) {
    this.#turn = options.turn;
    this.#random = randomFrom(options.seed);
    this.#tree = new DiskTree(options.clock);
  }

  /** The disk that the next boot finds: what was synced, and of the rest whatever `options.seed` draws. */
  afterPowerCut(options: SimulatedDiskOptions): SimulatedDisk {
    const disk = new SimulatedDisk(options);
    this.#tree.surviveTo(disk.#tree, randomFrom(options.seed));
    return disk;
  }

  /** The same disk with everything on it durable, for another run from the same beginning. */
  copy(options: SimulatedDiskOptions): SimulatedDisk {
    const disk = new SimulatedDisk(options);
    this.#tree.copyTo(disk.#tree);
    return disk;
  }

  /** Every file with its content, and every folder without one, by path; as a reader sees it, without a call. */
  entries(): Map<string, Buffer | undefined> {
    return this.#tree.entries();
  }

  async open(path: string, how: 'read' | 'create' | 'folder'): Promise<DiskFile> {
    await this.#call(how === 'create' ? 'create' : 'open', path);
    const node = how === 'create' ? this.#create(path) : this.#tree.find(path);
    if (how === 'folder' && node.kind !== 'folder') throw failure('ENOTDIR', path);
    this.openFileCount += 1;
    return this.#handle({ node, path, isOpen: true });
  }

  async facts(path: string): Promise<DiskFacts> {
    await this.#call('facts', path);
    return factsOf(this.#tree.find(path));
  }

  async mkdir(path: string): Promise<void> {
    await this.#call('mkdir', path);
    this.#add(path, this.#tree.newFolder());
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename', `${from} -> ${to}`);
    const node = this.#tree.find(from);
    const source = this.#tree.parent(from);
    const target = this.#tree.parent(to);
    const replaced = target.folder.names.get(target.name);
    if (replaced === node) return;
    if (node.kind === 'folder' || replaced?.kind === 'folder') throw failure('EISDIR', to);
    const { journal } = this.#tree;
    const come = { ...target, node };
    const go = { ...source, node: undefined };
    if (source.folder === target.folder) journal.change([come, go]);
    else journal.change([go], [journal.change([come])]);
    this.#tree.touch(source.folder);
    this.#tree.touch(target.folder);
  }

  async link(from: string, to: string): Promise<void> {
    await this.#call('link', `${from} -> ${to}`);
    const node = this.#tree.find(from);
    if (node.kind === 'folder') throw failure('EPERM', from);
    this.#add(to, node);
  }

  async unlink(path: string): Promise<void> {
    await this.#call('unlink', path);
    if (this.#tree.find(path).kind === 'folder') throw failure('EISDIR', path);
    const { folder, name } = this.#tree.parent(path);
    this.#tree.journal.change([{ folder, name, node: undefined }]);
    this.#tree.touch(folder);
  }

  async rmdir(path: string): Promise<void> {
    await this.#call('rmdir', path);
    const node = this.#tree.find(path);
    if (node.kind !== 'folder') throw failure('ENOTDIR', path);
    if (node.names.size > 0) throw failure('ENOTEMPTY', path);
    const { folder, name } = this.#tree.parent(path);
    this.#tree.journal.change([{ folder, name, node: undefined }], [...node.pending.values()]);
    this.#tree.touch(folder);
  }

  async readdir(path: string): Promise<readonly DiskEntry[]> {
    await this.#call('readdir', path);
    const node = this.#tree.find(path);
    if (node.kind !== 'folder') throw failure('ENOTDIR', path);
    // No filesystem promises an order.
    return [...node.names].reverse().map(([name, { kind }]) => ({ name, kind }));
  }

  async names(path: string, limit = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
    return (await this.readdir(path)).slice(0, limit).map(({ name }) => name);
  }

  #handle(handle: Handle): DiskFile {
    return {
      write: (chunks, offsetBytes) => this.#write(handle, chunks, offsetBytes),
      read: (target, offsetBytes) => this.#read(handle, target, offsetBytes),
      facts: async () => {
        await this.#use('open-facts', handle);
        return factsOf(handle.node);
      },
      sync: () => this.#sync(handle),
      close: () => this.#close(handle),
    };
  }

  async #write(handle: Handle, chunks: readonly Uint8Array[], offsetBytes: number): Promise<void> {
    const { node } = handle;
    if (node.kind === 'folder') throw failure('EISDIR', handle.path);
    try {
      await this.#use('write', handle);
    } catch (error) {
      const bytes = Buffer.concat(chunks);
      node.write(bytes.subarray(0, this.#random.below(bytes.byteLength + 1)), offsetBytes);
      throw error;
    }
    // Taken only now: whoever uses its bytes for something else before this is done writes something else.
    node.write(Buffer.concat(chunks), offsetBytes);
    this.#tree.touch(node);
  }

  async #read(handle: Handle, target: Uint8Array, offsetBytes: number): Promise<number> {
    await this.#use('read', handle);
    const { node } = handle;
    if (node.kind === 'folder') throw failure('EISDIR', handle.path);
    // A read may give less than was asked for.
    const mostBytes = Math.max(1, target.byteLength - this.#random.below(3));
    const part = node.bytes.subarray(offsetBytes, offsetBytes + Math.min(mostBytes, target.byteLength));
    target.set(part);
    return part.byteLength;
  }

  async #sync(handle: Handle): Promise<void> {
    const { node } = handle;
    try {
      await this.#use(node.kind === 'file' ? 'file-sync' : 'folder-sync', handle);
    } catch (error) {
      if (node.kind === 'file') node.failSync();
      throw error;
    }
    if (node.kind === 'file') node.sync();
    else this.#tree.journal.sync(node);
  }

  async #close(handle: Handle): Promise<void> {
    if (handle.isOpen) this.openFileCount -= 1;
    // A close that fails has closed nevertheless.
    handle.isOpen = false;
    await this.#call('close', handle.path);
  }

  async #use(kind: DiskCallKind, handle: Handle): Promise<void> {
    await this.#call(kind, handle.path);
    if (!handle.isOpen) throw failure('EBADF', handle.path);
  }

  async #call(kind: DiskCallKind, path: string): Promise<void> {
    await this.#turn?.();
    if (!this.hasPower) throw failure('EIO', `${path}, no power`);
    this.callCount += 1;
    const code = this.fault({ number: this.callCount, kind, path, isChange: CALLS[kind] });
    if (code === undefined) return;
    if (code !== POWER_CUT) throw failure(code, path);
    this.hasPower = false;
    throw failure('EIO', `${path}, no power`);
  }

  #create(path: string): Node {
    const node = this.#tree.newFile();
    this.#add(path, node);
    return node;
  }

  #add(path: string, node: Node): void {
    const { folder, name } = this.#tree.parent(path);
    if (folder.names.has(name)) throw failure('EEXIST', path);
    this.#tree.journal.change([{ folder, name, node }]);
    this.#tree.touch(folder);
  }
}

function factsOf(node: Node): DiskFacts {
  const { kind, identity, modifiedAtNs } = node;
  const sizeBytes = node.kind === 'file' ? node.bytes.byteLength : 0;
  return { kind, identity, modifiedAtNs, changedAtNs: modifiedAtNs, sizeBytes };
}
