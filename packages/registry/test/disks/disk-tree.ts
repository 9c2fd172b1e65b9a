/** The names and nodes of a simulated disk: what there is now, and what there would be after a power cut. */

import { FileNode } from './file-node.ts';
import { FolderNode, NameJournal, type Node } from './folder-node.ts';
import type { Random } from './random.ts';

let identities = 0n;

export class DiskTree {
  readonly journal = new NameJournal();
  readonly #nowMs: () => number;
  readonly #root: FolderNode;

  /** @param nowMs milliseconds since 1970, for modification times */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#root = this.newFolder();
  }

  /** @throws ENOENT, ENOTDIR */
  find(path: string): Node {
    let node: Node = this.#root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (node.kind !== 'folder') throw failure('ENOTDIR', path);
      const next: Node | undefined = node.names.get(name);
      if (next === undefined) throw failure('ENOENT', path);
      node = next;
    }
    return node;
  }

  /** The folder that holds the last name of `path`, whether or not that is there. @throws ENOENT, ENOTDIR */
  parent(path: string): { folder: FolderNode; name: string } {
    const end = path.lastIndexOf('/');
    const folder = this.find(path.slice(0, end));
    if (folder.kind !== 'folder') throw failure('ENOTDIR', path);
    return { folder, name: path.slice(end + 1) };
  }

  newFile(): FileNode {
    return new FileNode(++identities, this.#nowNs());
  }

  newFolder(): FolderNode {
    return new FolderNode(++identities, this.#nowNs());
  }

  touch(node: Node): void {
    node.modifiedAtNs = this.#nowNs();
  }

  /** Every file with its content, and every folder without one, by path. */
  entries(): Map<string, Buffer | undefined> {
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

  /** Puts into `other`, which is empty, all that is here, and everything durable. */
  copyTo(other: DiskTree): void {
    copyNames(
      this.#root,
      other.#root,
      (folder) => folder.names,
      (file) => file.bytes,
    );
  }

  /** Puts into `other`, which is empty, what is on the disk for sure, and of the rest what `random` draws. */
  surviveTo(other: DiskTree, random: Random): void {
    const names = new Map<FolderNode, Map<string, Node>>();
    const namesOf = (folder: FolderNode): Map<string, Node> => {
      const known = names.get(folder) ?? new Map(folder.durableNames);
      names.set(folder, known);
      return known;
    };
    for (const { folder, name, node } of this.journal.survivors(random)) {
      if (node === undefined) namesOf(folder).delete(name);
      else namesOf(folder).set(name, node);
    }
    copyNames(this.#root, other.#root, namesOf, (file) => file.survivor(random));
  }

  #nowNs(): bigint {
    return BigInt(this.#nowMs()) * 1_000_000n;
  }
}

/** An error as Node gives it; without a stack, since most are expected and there are very many. */
export function failure(code: string, path: string): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = Object.assign(new Error(`${code}: ${path}`), { code });
  Error.stackTraceLimit = limit;
  return error;
}

/** Copies what can be reached. What has two names has two on the copy too. */
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
