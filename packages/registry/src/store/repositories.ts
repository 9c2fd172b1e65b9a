/**
 * Repositories: nobody makes or removes one. A name is a repository as long as it has a manifest or a blob; that
 * there are folders for it proves nothing, since a push that was cut short leaves some.
 */

import { refuse } from '../errors.ts';
import { DIGEST_ALGORITHMS, type Digest, parseDigest, type RepositoryName } from '../names.ts';
import { hasBlob } from './blobs.ts';
import type { StoreContext } from './context.ts';
import { layersFolder, revisionLink, revisionsFolder, type StorePath } from './layout.ts';
import { isThere } from './links.ts';

const FOLDERS_PER_LIST = 64;

/** True if there is anything in the repository. */
export async function isRepository(store: StoreContext, name: RepositoryName): Promise<boolean> {
  for (const algorithm of DIGEST_ALGORITHMS) {
    for await (const digest of digestsIn(store, revisionsFolder(name, algorithm), algorithm)) {
      if (await isThere(store.driver, revisionLink(name, digest))) return true;
    }
  }
  for (const algorithm of DIGEST_ALGORITHMS) {
    for await (const digest of digestsIn(store, layersFolder(name, algorithm), algorithm)) {
      if (await hasBlob(store, name, digest)) return true;
    }
  }
  return false;
}

/** @throws RegistryError NAME_UNKNOWN if there is nothing in the repository */
export async function checkRepository(store: StoreContext, name: RepositoryName): Promise<void> {
  if (await isRepository(store, name)) return;
  throw refuse('NAME_UNKNOWN', { message: `there is no repository ${name}`, detail: { name } });
}

async function* digestsIn(store: StoreContext, folder: StorePath, algorithm: string): AsyncIterable<Digest> {
  for (let after = ''; ; ) {
    const names = await store.driver.list(folder, after, FOLDERS_PER_LIST);
    for (const name of names) {
      const digest = parseDigest(`${algorithm}:${name}`);
      if (digest !== undefined) yield digest;
    }
    const end = names.at(-1);
    if (end === undefined || names.length < FOLDERS_PER_LIST) return;
    after = end;
  }
}
