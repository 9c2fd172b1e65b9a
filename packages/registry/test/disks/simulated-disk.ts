/**
 * A disk in memory that behaves as POSIX says, fails where it is told to, and can lose its power: everything
 * after that throws, and `afterPowerCut` gives the disk that the next boot finds.
 *
 * Every call is one step that may fail; which one it is, and what of a write is done before it fails, follow from
 * the seed. It knows nothing of what is stored.
 */

import type { Disk, DiskEntry, DiskFacts, DiskFile } from '../../src/drivers/filesystem/disk.ts';
import { FileNode } from './file-node.ts';
import { FolderNode, NameJournal, type Node } from './folder-node.ts';
import { type Random, randomFrom } from './random.ts';

export type DiskCallKind =
  | 'open'
  | 'facts'
  | 'mkdir'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'rmdir'
  | 'readdir'
  | 'write'
  | 'read'
  | 'file-facts'
  | 'file-sync'
  | 'folder-sync'
  | 'close';

/** The `number`-th call that a disk gets, counted from 1. */
export interface DiskCall {
  readonly number: number;
  readonly kind: DiskCallKind;
  readonly path: string;
  /** It would put something new on the disk or take something away. */
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

const READS: ReadonlySet<DiskCallKind> = new Set(['facts', 'readdir', 'read', 'file-facts', 'close']);

let identities = 0n;

export class SimulatedDisk implements Disk {
  /** Replaced by a test while the disk is in use. */
  fault: Fault = () => undefined;
  callCount = 0;
  openFileCount = 0;
  readonly #options: SimulatedDiskOptions;
  readonly #random: Random;
  readonly #journal = new NameJournal();
  readonly #root: FolderNode;
  #hasPower = true;

  constructor(options: SimulatedDiskOptions) {
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#root = this.#newFolder();
  }

  get hasPower(): boolean {
    return this.#hasPower;
  }

  /** From now on every call fails. */
  cutPower(): void {
    this.#hasPower = false;
  }

  /** The disk that the next boot finds: what was synced, and of the rest whatever `options.seed` draws. */
  afterPowerCut(options: SimulatedDiskOptions): SimulatedDisk {
    const random = randomFrom(options.seed);
    const names = new Map<FolderNode, Map<string, Node>>();
    const namesOf = (folder: FolderNode): Map<string, Node> => {
      const known = names.get(folder) ?? new Map(folder.durableNames);
      names.set(folder, known);
      return known;
    };
    for (const { folder, name, node } of this.#journal.survivors(random)) {
      if (node === undefined) namesOf(folder).delete(name);
      else namesOf(folder).set(name, node);
    }
    const disk = new SimulatedDisk(options);
    copyNames(this.#root, disk.#root, namesOf, (file) => file.survivor(random));
    return disk;
  }

  /** The same disk with everything on it durable, for another run from the same beginning. */
  copy(options: SimulatedDiskOptions): SimulatedDisk {
    const disk = new SimulatedDisk(options);
    copyNames(
      this.#root,
      disk.#root,
      (folder) => folder.names,
      (file) => file.bytes,
    );
    return disk;
  }

  /** Every file with its content, and every folder without one, by path; as a reader sees it, without a call. */
  tree(): Map<string, Buffer | undefined> {
    const found = new Map<string, Buffer | undefined>();
    const walk = (folder: FolderNode, above: string): void => {
      for (const [name, node] of folder.names) {
        const path = `${above}/${name}`;
        found.set(path, node.kind === 'file' ? node.bytes : undefined);
        if (node.kind === 'folder') walk(node, path);
      }
    };
    walk(this.#root, '');
    return found;
  }

  async open(path: string, how: 'read' | 'create' | 'folder'): Promise<DiskFile> {
    await this.#call('open', path, how === 'create');
    const node = how === 'create' ? this.#create(path) : this.#find(path);
    if (how === 'folder' && node.kind !== 'folder') throw failure('ENOTDIR', path);
    this.openFileCount += 1;
    return this.#handle({ node, path, isOpen: true });
  }

  async facts(path: string): Promise<DiskFacts> {
    await this.#call('facts', path);
    return factsOf(this.#find(path));
  }

  async mkdir(path: string): Promise<void> {
    await this.#call('mkdir', path);
    const { folder, name } = this.#parent(path);
    if (folder.names.has(name)) throw failure('EEXIST', path);
    this.#change(folder, name, this.#newFolder());
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename', `${from} -> ${to}`);
    const source = this.#parent(from);
    const target = this.#parent(to);
    const node = this.#find(from);
    const replaced = target.folder.names.get(target.name);
    if (replaced === node) return;
    if (node.kind === 'folder' || replaced?.kind === 'folder') throw failure('EISDIR', to);
    const come = { ...target, node };
    const go = { ...source, node: undefined };
    if (source.folder === target.folder) this.#journal.change([come, go]);
    else this.#journal.change([go], [this.#journal.change([come])]);
    this.#touch(source.folder);
    this.#touch(target.folder);
  }

  async link(from: string, to: string): Promise<void> {
    await this.#call('link', `${from} -> ${to}`);
    const node = this.#find(from);
    const { folder, name } = this.#parent(to);
    if (folder.names.has(name)) throw failure('EEXIST', to);
    if (node.kind === 'folder') throw failure('EPERM', from);
    this.#change(folder, name, node);
  }

  async unlink(path: string): Promise<void> {
    await this.#call('unlink', path);
    if (this.#find(path).kind === 'folder') throw failure('EISDIR', path);
    const { folder, name } = this.#parent(path);
    this.#change(folder, name, undefined);
  }

  async rmdir(path: string): Promise<void> {
    await this.#call('rmdir', path);
    const node = this.#find(path);
    if (node.kind !== 'folder') throw failure('ENOTDIR', path);
    if (node.names.size > 0) throw failure('ENOTEMPTY', path);
    const { folder, name } = this.#parent(path);
    this.#journal.change([{ folder, name, node: undefined }], [...node.pending.values()]);
    this.#touch(folder);
  }

  async readdir(path: string): Promise<readonly DiskEntry[]> {
    await this.#call('readdir', path);
    const node = this.#find(path);
    if (node.kind !== 'folder') throw failure('ENOTDIR', path);
    // No filesystem promises an order.
    return [...node.names].map(([name, { kind }]) => ({ name, kind })).reverse();
  }

  #handle(handle: Handle): DiskFile {
    return {
      write: (chunks, offsetBytes) => this.#write(handle, chunks, offsetBytes),
      read: (target, offsetBytes) => this.#read(handle, target, offsetBytes),
      facts: async () => {
        await this.#use('file-facts', handle);
        return factsOf(handle.node);
      },
      sync: () => this.#sync(handle),
      close: () => this.#close(handle),
    };
  }

  async #write(handle: Handle, chunks: readonly Uint8Array[], offsetBytes: number): Promise<void> {
    const { node } = handle;
    if (node.kind === 'folder') throw failure('EISDIR', handle.path);
    // Taken before others get their turn: whoever writes may not change its bytes until this is done.
    const bytes = Buffer.concat(chunks);
    try {
      await this.#use('write', handle);
    } catch (error) {
      node.write(bytes.subarray(0, this.#random.below(bytes.byteLength + 1)), offsetBytes);
      throw error;
    }
    node.write(bytes, offsetBytes);
    node.modifiedAtNs = this.#nowNs();
  }

  async #read(handle: Handle, target: Uint8Array, offsetBytes: number): Promise<number> {
    await this.#use('read', handle);
    const { node } = handle;
    if (node.kind === 'folder') throw failure('EISDIR', handle.path);
    // A read may give less than was asked for.
    const most = Math.max(1, target.byteLength - this.#random.below(3));
    const part = node.bytes.subarray(offsetBytes, offsetBytes + Math.min(most, target.byteLength));
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
    else this.#journal.sync(node);
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

  async #call(
    kind: DiskCallKind,
    path: string,
    isChange = !READS.has(kind) && kind !== 'open',
  ): Promise<void> {
    await this.#options.turn?.();
    if (!this.#hasPower) throw failure('EIO', `${path}, no power`);
    this.callCount += 1;
    const code = this.fault({ number: this.callCount, kind, path, isChange });
    if (code === undefined) return;
    if (code !== POWER_CUT) throw failure(code, path);
    this.cutPower();
    throw failure('EIO', `${path}, no power`);
  }

  #create(path: string): FileNode {
    const { folder, name } = this.#parent(path);
    if (folder.names.has(name)) throw failure('EEXIST', path);
    const node = new FileNode(++identities, this.#nowNs());
    this.#change(folder, name, node);
    return node;
  }

  #change(folder: FolderNode, name: string, node: Node | undefined): void {
    this.#journal.change([{ folder, name, node }]);
    this.#touch(folder);
  }

  #parent(path: string): { folder: FolderNode; name: string } {
    const end = path.lastIndexOf('/');
    const folder = this.#find(path.slice(0, end));
    if (folder.kind !== 'folder') throw failure('ENOTDIR', path);
    return { folder, name: path.slice(end + 1) };
  }

  #find(path: string): Node {
    let node: Node = this.#root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (node.kind !== 'folder') throw failure('ENOTDIR', path);
      const next: Node | undefined = node.names.get(name);
      if (next === undefined) throw failure('ENOENT', path);
      node = next;
    }
    return node;
  }

  #newFolder(): FolderNode {
    return new FolderNode(++identities, this.#nowNs());
  }

  #touch(folder: FolderNode): void {
    folder.modifiedAtNs = this.#nowNs();
  }

  #nowNs(): bigint {
    return BigInt(this.#options.clock()) * 1_000_000n;
  }
}

/** Copies what can be reached. A file that has two names is one file on the copy too. */
function copyNames(
  from: FolderNode,
  to: FolderNode,
  namesOf: (folder: FolderNode) => ReadonlyMap<string, Node>,
  bytesOf: (file: FileNode) => Buffer,
): void {
  const copies = new Map<Node, Node>();
  const copyOf = (node: Node): Node => {
    if (node.kind === 'file') return new FileNode(++identities, node.modifiedAtNs, bytesOf(node));
    const folder = new FolderNode(++identities, node.modifiedAtNs);
    fill(node, folder);
    return folder;
  };
  const fill = (folder: FolderNode, copy: FolderNode): void => {
    for (const [name, node] of namesOf(folder)) {
      const copied = copies.get(node) ?? copyOf(node);
      copies.set(node, copied);
      copy.names.set(name, copied);
      copy.durableNames.set(name, copied);
    }
  };
  fill(from, to);
}

function factsOf(node: Node): DiskFacts {
  const { kind, identity, modifiedAtNs } = node;
  return { kind, identity, modifiedAtNs, sizeBytes: node.kind === 'file' ? node.bytes.byteLength : 0 };
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
