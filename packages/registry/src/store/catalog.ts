/**
 * The catalog: the names of all repositories, in the order of their bytes, from any name on. It costs the page
 * that is asked for, not the registry: folders are walked in order, and only as far as somebody reads on.
 */

import { parseRepositoryName, type RepositoryName } from '../names.ts';
import type { StoreContext } from './context.ts';
import { listFolders, nextTurn, type Page } from './folders.ts';
import { isOwnFolder, repositoryFolder } from './layout.ts';
import { isKnownNow, isRepository } from './repositories.ts';

/**
 * The repositories after `last` ('' for all), at most `limit`. Many who ask for the same page at once share one that
 * is read after they asked.
 */
export function listRepositories(store: StoreContext, last: string, limit: number): Promise<Page> {
  return store.pages.run(`catalog ${limit} ${last}`, () => listWanted(store, last, limit, () => true));
}

/** The same, of those that `isWanted`. */
export async function listWanted(
  store: StoreContext,
  last: string,
  limit: number,
  isWanted: (name: RepositoryName) => boolean,
): Promise<Page> {
  const names: RepositoryName[] = [];
  for await (const name of repositoriesAfter(store, last, isWanted)) {
    if (names.length === limit) return { names, hasMore: true };
    names.push(name);
  }
  return { names, hasMore: false };
}

/** The repositories after `last` ('' for all), of those that `isWanted`, which is asked before they are looked up. */
export function repositoriesAfter(
  store: StoreContext,
  last: string,
  isWanted: (name: RepositoryName) => boolean = () => true,
): AsyncIterable<RepositoryName> {
  return new CatalogWalk(store, last, isWanted).below('');
}

const FOLDERS_PER_PAGE = 128;
/** Folders listed between two breaks: some hundred microseconds’ work, ten times that if the disk is waited for. */
const LISTS_PER_TURN = 32;

class CatalogWalk {
  readonly #store: StoreContext;
  readonly #last: string;
  readonly #isWanted: (name: RepositoryName) => boolean;
  #lists = 0;

  constructor(store: StoreContext, last: string, isWanted: (name: RepositoryName) => boolean) {
    this.#store = store;
    this.#last = last;
    this.#isWanted = isWanted;
  }

  /**
   * What is in the folder `folder`, at any depth, and comes after the last name.
   *
   * `a-b` comes before `a/b`, though `a` comes before `a-b`: what is below a folder may have to wait for some of
   * its neighbours. `waiting` holds those folders; the last of them is always the first to come.
   */
  async *below(folder: string): AsyncIterable<RepositoryName> {
    const prefix = folder === '' ? '' : `${folder}/`;
    const begin = this.#last.startsWith(prefix)
      ? (this.#last.slice(prefix.length).split('/', 1)[0] ?? '')
      : '';
    const waiting = foldersBegunBefore(prefix, begin);
    for await (const children of this.#pages(folder, begin)) {
      for (const child of children) {
        this.#dropLeaves(prefix, waiting, child);
        if (isDue(waiting, child)) yield* this.#belowDue(prefix, waiting, child);
        const name = parseRepositoryName(prefix + child);
        if (name === undefined) continue;
        if (name > this.#last && this.#isWanted(name) && (await this.#isThere(name))) yield name;
        waiting.push(child);
        if (this.#isTurnOver()) await nextTurn();
      }
    }
    yield* this.#belowDue(prefix, waiting, undefined);
  }

  /** What is below the waiting folders that come before `next`, or all. */
  async *#belowDue(
    prefix: string,
    waiting: string[],
    next: string | undefined,
  ): AsyncIterable<RepositoryName> {
    while (isDue(waiting, next)) {
      const child = waiting.pop();
      if (await this.#hasAnyBelow(prefix + child)) yield* this.below(prefix + child);
    }
  }

  /** Most folders have nothing below them: those are passed by without a promise, where that can be told so. */
  #dropLeaves(prefix: string, waiting: string[], next: string): void {
    const { quick } = this.#store.driver;
    if (quick === undefined) return;
    while (isDue(waiting, next)) {
      this.#lists += 1;
      const children = quick.list(repositoryFolder(`${prefix}${waiting.at(-1)}`), '', FOLDERS_PER_PAGE);
      if (children === undefined || !isLeaf(children)) return;
      waiting.pop();
    }
  }

  #isThere(name: RepositoryName): boolean | Promise<boolean> {
    return isKnownNow(this.#store, name) || isRepository(this.#store, name);
  }

  /** Whether names after the last may be below `folder`. */
  async #hasAnyBelow(folder: string): Promise<boolean> {
    const below = `${folder}/`;
    if (below <= this.#last && !this.#last.startsWith(below)) return false;
    return !isLeaf(await this.#list(folder, ''));
  }

  async *#pages(folder: string, begin: string): AsyncIterable<readonly string[]> {
    for (let after = begin; ; ) {
      const names = await this.#list(folder, after);
      yield names.filter((name) => !isOwnFolder(name));
      const end = names.at(-1);
      if (end === undefined || names.length < FOLDERS_PER_PAGE) return;
      after = end;
    }
  }

  async #list(folder: string, after: string): Promise<readonly string[]> {
    this.#lists += 1;
    if (this.#isTurnOver()) await nextTurn();
    return await listFolders(this.#store.driver, repositoryFolder(folder), after, FOLDERS_PER_PAGE);
  }

  #isTurnOver(): boolean {
    if (this.#lists < LISTS_PER_TURN) return false;
    this.#lists = 0;
    return true;
  }
}

/** Whether what is below the next of the waiting folders comes before `next`, if anything does. */
function isDue(waiting: readonly string[], next: string | undefined): boolean {
  const child = waiting.at(-1);
  return child !== undefined && (next === undefined || `${child}/` <= next);
}

/** Whether these, the first that are in a folder, are all its own. */
function isLeaf(children: readonly string[]): boolean {
  return children.length < FOLDERS_PER_PAGE && children.every(isOwnFolder);
}

/**
 * The folders up to `begin` that may still have something after it below them: itself, and where it has something
 * that comes before '/', what stands before that. `begin` is whatever somebody sent: only what may be in a name
 * becomes a folder.
 */
function foldersBegunBefore(prefix: string, begin: string): string[] {
  const folders: string[] = [];
  for (let end = 1; end <= begin.length; end += 1) {
    const isBegun = end === begin.length || begin.charAt(end) < '/';
    const folder = begin.slice(0, end);
    if (isBegun && parseRepositoryName(prefix + folder) !== undefined) folders.push(folder);
  }
  return folders;
}
