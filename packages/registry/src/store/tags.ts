/**
 * Tags: names for manifests. The last writer wins. A tag is there when the manifest that it names is: one whose
 * manifest is gone is gone with it, even if its file is not (another program's delete may leave it).
 */

import { refuse } from '../errors.ts';
import { type Digest, parseTag, type RepositoryName, type Tag } from '../names.ts';
import type { StoreContext } from './context.ts';
import { revisionLink, tagFolder, tagIndexFolder, tagIndexLink, tagLink, tagsFolder } from './layout.ts';
import { isThere, readLink, removeFile, writeLink } from './links.ts';
import { checkRepository } from './repositories.ts';

/** What the tag names, or undefined if there is no such tag. */
export async function resolveTag(
  store: StoreContext,
  name: RepositoryName,
  tag: Tag,
): Promise<Digest | undefined> {
  const digest = await readLink(store.driver, tagLink(name, tag));
  if (digest === undefined || !(await isThere(store.driver, revisionLink(name, digest)))) return undefined;
  return digest;
}

/** Makes the tag name the manifest. Durable. */
export async function moveTag(
  store: StoreContext,
  name: RepositoryName,
  tag: Tag,
  digest: Digest,
): Promise<void> {
  await store.locks.run(lockName(name, tag), async () => {
    await writeLink(store.driver, tagIndexLink(name, tag, digest), digest);
    await writeLink(store.driver, tagLink(name, tag), digest);
  });
}

/** Removes the tag; its manifest stays. Durable. @throws RegistryError MANIFEST_UNKNOWN */
export async function deleteTag(store: StoreContext, name: RepositoryName, tag: Tag): Promise<void> {
  const digest = await resolveTag(store, name, tag);
  const isDeleted = digest !== undefined && (await removeTag(store, name, tag, undefined));
  if (isDeleted) return;
  throw refuse('MANIFEST_UNKNOWN', {
    message: `repository ${name} has no tag ${tag}`,
    detail: { name, tag },
  });
}

/** Removes every tag that names the manifest. */
export async function deleteTagsOf(store: StoreContext, name: RepositoryName, digest: Digest): Promise<void> {
  for await (const tag of tagNames(store, name, '')) {
    const named = await readLink(store.driver, tagLink(name, tag));
    if (named?.text === digest.text) await removeTag(store, name, tag, digest);
  }
}

export interface Page {
  readonly names: readonly string[];
  readonly hasMore: boolean;
}

/** The tags after `last`, at most `limit`, in the order of their bytes. @throws RegistryError NAME_UNKNOWN */
export async function listTags(
  store: StoreContext,
  name: RepositoryName,
  last: string,
  limit: number,
): Promise<Page> {
  const names: string[] = [];
  for await (const tag of existingTags(store, name, last)) {
    if (names.length === limit) return { names, hasMore: true };
    names.push(tag);
  }
  if (names.length === 0) await checkRepository(store, name);
  return { names, hasMore: false };
}

/** Tags are looked up so many at once. */
const LOOK_UPS = 32;

async function* existingTags(store: StoreContext, name: RepositoryName, last: string): AsyncIterable<Tag> {
  let batch: Tag[] = [];
  for await (const tag of tagNames(store, name, last)) {
    batch.push(tag);
    if (batch.length < LOOK_UPS) continue;
    yield* await onlyExisting(store, name, batch);
    batch = [];
  }
  yield* await onlyExisting(store, name, batch);
}

async function onlyExisting(store: StoreContext, name: RepositoryName, tags: readonly Tag[]): Promise<Tag[]> {
  const digests = await Promise.all(tags.map((tag) => resolveTag(store, name, tag)));
  return tags.filter((_, index) => digests[index] !== undefined);
}

const FOLDERS_PER_LIST = 256;

async function* tagNames(store: StoreContext, name: RepositoryName, last: string): AsyncIterable<Tag> {
  for (let after = last; ; ) {
    const folders = await store.driver.list(tagsFolder(name), after, FOLDERS_PER_LIST);
    for (const folder of folders) {
      const tag = parseTag(folder);
      if (tag !== undefined) yield tag;
    }
    const end = folders.at(-1);
    if (end === undefined || folders.length < FOLDERS_PER_LIST) return;
    after = end;
  }
}

/** Removes a tag if it names `onlyIf` (or whatever it names); whether it did. */
async function removeTag(
  store: StoreContext,
  name: RepositoryName,
  tag: Tag,
  onlyIf: Digest | undefined,
): Promise<boolean> {
  return await store.locks.run(lockName(name, tag), async () => {
    if (onlyIf !== undefined) {
      const named = await readLink(store.driver, tagLink(name, tag));
      if (named?.text !== onlyIf.text) return false;
    }
    // From here on there is no such tag; the rest only keeps the listing tidy.
    const isRemoved = await removeFile(store.driver, tagLink(name, tag));
    await store.driver.deleteFolder(tagIndexFolder(name, tag));
    await store.driver.deleteEmptyFolder(tagFolder(name, tag));
    return isRemoved;
  });
}

const lockName = (name: RepositoryName, tag: Tag): string => `${name}:${tag}`;
