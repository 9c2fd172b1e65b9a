/**
 * Repositories: nobody makes or removes one. A name is a repository as long as it has a manifest or a blob; that
 * there are folders for it proves nothing, since a push that was cut short leaves some.
 */

import { refuse } from '../errors.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm, parseDigest, type RepositoryName } from '../names.ts';
import { hasBlob } from './blobs.ts';
import type { StoreContext } from './context.ts';
import { folderPages } from './folders.ts';
import { layersFolder, revisionLink, revisionsFolder, type StorePath } from './layout.ts';
import { isThere, isThereNow } from './links.ts';
import type { Witness } from './witnesses.ts';

/** True if there is anything in the repository. */
export async function isRepository(store: StoreContext, name: RepositoryName): Promise<boolean> {
  const known = store.witnesses.of(name);
  if (known !== undefined && (await isWitness(store, name, known))) return true;
  for await (const found of candidates(store, name)) {
    if (!(await isWitness(store, name, found))) continue;
    store.witnesses.remember(name, found);
    return true;
  }
  return false;
}

/** True if that can be told without a search and a promise; false says nothing. */
export function isKnownNow({ driver, witnesses }: StoreContext, name: RepositoryName): boolean {
  const known = witnesses.of(name);
  if (driver.quick === undefined || known?.kind !== 'manifest') return false;
  return isThereNow(driver.quick, revisionLink(name, known.digest)) === true;
}

/** @throws RegistryError NAME_UNKNOWN if there is nothing in the repository */
export async function checkRepository(store: StoreContext, name: RepositoryName): Promise<void> {
  if (await isRepository(store, name)) return;
  throw refuse('NAME_UNKNOWN', { message: `there is no repository ${name}`, detail: { name } });
}

async function isWitness(
  store: StoreContext,
  name: RepositoryName,
  { kind, digest }: Witness,
): Promise<boolean> {
  return kind === 'blob'
    ? await hasBlob(store, name, digest)
    : await isThere(store.driver, revisionLink(name, digest));
}

/** What may be in the repository, by the names of its folders. */
async function* candidates(store: StoreContext, name: RepositoryName): AsyncIterable<Witness> {
  for (const kind of ['manifest', 'blob'] as const) {
    const folderOf = kind === 'blob' ? layersFolder : revisionsFolder;
    for (const algorithm of DIGEST_ALGORITHMS) {
      for await (const names of someThenAll(store, folderOf(name, algorithm))) {
        yield* witnessesIn(kind, algorithm, names);
      }
    }
  }
}

/** Mostly one of the first few is there, whichever they are. */
const SOME = 16;
const FOLDERS_PER_PAGE = 64;

async function* someThenAll(store: StoreContext, folder: StorePath): AsyncIterable<readonly string[]> {
  const { driver } = store;
  const some = driver.quick?.list(folder, '', SOME) ?? (await driver.listSome(folder, SOME));
  yield some;
  if (some.length === SOME) yield* folderPages(driver, folder, '', FOLDERS_PER_PAGE);
}

function* witnessesIn(
  kind: Witness['kind'],
  algorithm: DigestAlgorithm,
  names: readonly string[],
): Iterable<Witness> {
  for (const name of names) {
    const digest = parseDigest(`${algorithm}:${name}`);
    if (digest !== undefined) yield { kind, digest };
  }
}
