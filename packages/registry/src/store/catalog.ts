/**
 * The catalog: the names of all repositories, in the order of their bytes, from any name on. It costs the page
 * that is asked for, not the registry: folders are walked in order, and only as far as somebody reads on.
 */

import { parseRepositoryName, type RepositoryName } from '../names.ts';
import type { StoreContext } from './context.ts';
import { isOwnFolder, REPOSITORY_MARKS, repositoryFolder } from './layout.ts';

const FOLDERS_PER_LIST = 256;

/** The repositories after `last` ('' for all). */
export async function* repositoriesAfter(store: StoreContext, last: string): AsyncIterable<RepositoryName> {
  yield* walk(store, '', last);
}

/**
 * What is in the folder `folder` and comes after `last`.
 *
 * `a-b` comes before `a/b`, though `a` comes before `a-b`: what is below a folder may have to wait for some of
 * its neighbours. `waiting` holds those folders; the last of them is always the first to come.
 */
async function* walk(store: StoreContext, folder: string, last: string): AsyncIterable<RepositoryName> {
  const prefix = folder === '' ? '' : `${folder}/`;
  const begin = last.startsWith(prefix) ? (last.slice(prefix.length).split('/', 1)[0] ?? '') : '';
  const waiting = foldersBegunBefore(begin);
  for await (const child of childFolders(store, folder, begin)) {
    yield* walkWaiting(store, prefix, waiting, `${child}`, last);
    const name = parseRepositoryName(prefix + child);
    if (name === undefined) continue;
    if (name > last && (await isRepository(store, name))) yield name;
    waiting.push(child);
  }
  yield* walkWaiting(store, prefix, waiting, undefined, last);
}

/** Walks the waiting folders that come before `next`, or all. */
async function* walkWaiting(
  store: StoreContext,
  prefix: string,
  waiting: string[],
  next: string | undefined,
  last: string,
): AsyncIterable<RepositoryName> {
  for (let child = waiting.at(-1); child !== undefined; child = waiting.at(-1)) {
    if (next !== undefined && `${child}/` > next) return;
    waiting.pop();
    const below = `${prefix}${child}/`;
    if (below > last || last.startsWith(below)) yield* walk(store, prefix + child, last);
  }
}

/** The folders up to `begin` that may still have something after it below them: itself, and where it has a '-' or '.', what stands before. */
function foldersBegunBefore(begin: string): string[] {
  if (begin === '') return [];
  const shorter: string[] = [];
  for (let index = 1; index < begin.length; index += 1) {
    if (begin[index] === '-' || begin[index] === '.') shorter.push(begin.slice(0, index));
  }
  return [...shorter, begin];
}

async function* childFolders(store: StoreContext, folder: string, begin: string): AsyncIterable<string> {
  for (let after = begin; ; ) {
    const names = await store.driver.list(repositoryFolder(folder), after, FOLDERS_PER_LIST);
    for (const name of names) if (!isOwnFolder(name)) yield name;
    const end = names.at(-1);
    if (end === undefined || names.length < FOLDERS_PER_LIST) return;
    after = end;
  }
}

async function isRepository(store: StoreContext, name: RepositoryName): Promise<boolean> {
  const folders = await store.driver.list(repositoryFolder(name), '', Number.POSITIVE_INFINITY);
  return REPOSITORY_MARKS.some((mark) => folders.includes(mark));
}
