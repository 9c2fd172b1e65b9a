/**
 * The catalog: the names of all repositories, in the order of their bytes, from any name on. It costs the page
 * that is asked for, not the registry: folders are walked in order, and only as far as somebody reads on.
 */

import { parseRepositoryName, type RepositoryName } from '../names.ts';
import type { StoreContext } from './context.ts';
import { isOwnFolder, repositoryFolder } from './layout.ts';
import { isRepository } from './repositories.ts';

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
  const waiting = foldersBegunBefore(prefix, begin);
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

async function* childFolders(store: StoreContext, folder: string, begin: string): AsyncIterable<string> {
  for (let after = begin; ; ) {
    const names = await store.driver.list(repositoryFolder(folder), after, FOLDERS_PER_LIST);
    for (const name of names) if (!isOwnFolder(name)) yield name;
    const end = names.at(-1);
    if (end === undefined || names.length < FOLDERS_PER_LIST) return;
    after = end;
  }
}
