/**
 * A folder of the simulated disk, and the changes of names that have not reached the disk yet.
 *
 * A change (create, link, rename, unlink, mkdir, rmdir) is durable once the folder that holds the name was synced.
 * Until then a power cut may keep it or lose it on its own, with three promises that every journaling filesystem
 * keeps: changes of one name stay in their order; a rename within one folder is one change, and between two
 * folders the old name never goes without the new one having come; a folder goes only with what left it before.
 */

import type { FileNode } from './file-node.ts';
import type { Random } from './random.ts';

export type Node = FileNode | FolderNode;

export class FolderNode {
  readonly kind = 'folder';
  readonly identity: bigint;
  modifiedAtNs: bigint;
  /** What a reader sees. */
  readonly names = new Map<string, Node>();
  /** What is on the disk for sure. */
  readonly durableNames = new Map<string, Node>();
  /** The last change of each name that is not durable yet. */
  readonly pending = new Map<string, NameChange>();

  constructor(identity: bigint, modifiedAtNs: bigint) {
    this.identity = identity;
    this.modifiedAtNs = modifiedAtNs;
  }
}

export interface NameEntry {
  readonly folder: FolderNode;
  readonly name: string;
  /** What it names from now on; nothing if undefined. */
  readonly node: Node | undefined;
}

interface NameChange {
  readonly entries: readonly NameEntry[];
  /** Changes that are on the disk whenever this one is. */
  readonly needs: readonly NameChange[];
  isDurable: boolean;
}

/** All changes of names of a disk that are not durable yet, in their order. */
export class NameJournal {
  #changes: NameChange[] = [];

  /** Changes names at once and as one. @param needs other changes that this one never goes without */
  change(entries: readonly NameEntry[], needs: readonly NameChange[] = []): NameChange {
    const before = entries.flatMap(({ folder, name }) => folder.pending.get(name) ?? []);
    const change: NameChange = { entries, needs: [...before, ...needs], isDurable: false };
    for (const entry of entries) {
      apply(entry, entry.folder.names);
      entry.folder.pending.set(entry.name, change);
    }
    this.#changes.push(change);
    return change;
  }

  /** What `folder` holds is on the disk from now on. */
  sync(folder: FolderNode): void {
    for (const change of [...folder.pending.values()]) makeDurable(change);
    this.#changes = this.#changes.filter((change) => !change.isDurable);
  }

  /** The entries that a power cut leaves, on top of those that are durable, in their order. */
  survivors(random: Random): readonly NameEntry[] {
    const isKept = this.#draw(random);
    const kept = new Set<NameChange>();
    for (const [index, change] of this.#changes.entries()) {
      if (isKept(index) && change.needs.every((need) => need.isDurable || kept.has(need))) kept.add(change);
    }
    return [...kept].flatMap((change) => change.entries);
  }

  /** None, all, those up to a moment (as a journal does), or each on its own. */
  #draw(random: Random): (index: number) => boolean {
    const upTo = random.below(this.#changes.length + 1);
    const probability = random.pick([0.2, 0.5, 0.8, 0.95]);
    return random.pick([
      () => false,
      () => true,
      (index: number) => index < upTo,
      () => random.chance(probability),
      () => random.chance(probability),
    ]);
  }
}

function makeDurable(change: NameChange): void {
  if (change.isDurable) return;
  for (const need of change.needs) makeDurable(need);
  change.isDurable = true;
  for (const entry of change.entries) {
    apply(entry, entry.folder.durableNames);
    if (entry.folder.pending.get(entry.name) === change) entry.folder.pending.delete(entry.name);
  }
}

function apply({ name, node }: NameEntry, names: Map<string, Node>): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}
