/**
 * Tags: names for manifests. The last writer wins. A tag is there when the manifest that it names is: one whose
 * manifest is gone is gone with it, even if its file is not (another program's delete may leave it).
 */

import type { QuickReads } from '../drivers/driver.ts';
import { refuse } from '../errors.ts';
import { type Digest, parseTag, type RepositoryName, type Tag } from '../names.ts';
import type { StoreContext } from './context.ts';
import { folderPages, listFolders, nextTurn } from './folders.ts';
import { revisionLink, tagFolder, tagIndexFolder, tagIndexLink, tagLink, tagsFolder } from './layout.ts';
import { isThere, isThereNow, readLink, readLinkNow, removeFile, writeLink } from './links.ts';
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
  for await (const folders of folderPages(store.driver, tagsFolder(name), '', LOOK_UPS)) {
    for (const tag of tagsIn(folders)) {
      const named = await readLink(store.driver, tagLink(name, tag));
      if (named?.text === digest.text) await removeTag(store, name, tag, digest);
    }
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
  const names: Tag[] = [];
  // One more than the page tells whether there is more.
  const missing = (): number => limit + 1 - names.length;
  for (let after = last, looked = 0; ; ) {
    // As long as every tag that was looked up was there, so will the rest be.
    const count = looked === names.length ? Math.min(missing(), LOOK_UPS) : LOOK_UPS;
    const folders = await listFolders(store.driver, tagsFolder(name), after, count);
    names.push(...(await onlyExisting(store, name, tagsIn(folders))));
    if (missing() <= 0) return { names: names.slice(0, limit), hasMore: true };
    const end = folders.at(-1);
    if (end === undefined || folders.length < count) break;
    after = end;
    looked += count;
    await nextTurn();
  }
  if (names.length === 0) await checkRepository(store, name);
  return { names, hasMore: false };
}

/** So many tags are looked up at once: about half a millisecond's work. */
const LOOK_UPS = 64;

function tagsIn(folders: readonly string[]): Tag[] {
  return folders.map(parseTag).filter((tag) => tag !== undefined);
}

async function onlyExisting(store: StoreContext, name: RepositoryName, tags: readonly Tag[]): Promise<Tag[]> {
  const { quick } = store.driver;
  const now = quick && existingNow(quick, name, tags);
  if (now !== undefined) return now;
  const digests = await Promise.all(tags.map((tag) => resolveTag(store, name, tag)));
  return tags.filter((_, index) => digests[index] !== undefined);
}

/** Those of the tags that are there; undefined if one has to be waited for. */
function existingNow(reads: QuickReads, name: RepositoryName, tags: readonly Tag[]): Tag[] | undefined {
  const existing: Tag[] = [];
  // Several tags often name one manifest, and nothing else happens meanwhile.
  const revisions = new Map<string, boolean>();
  for (const tag of tags) {
    const digest = readLinkNow(reads, tagLink(name, tag));
    if (digest === undefined) return undefined;
    if (digest === 'missing') continue;
    const isThere = revisions.get(digest.text) ?? isThereNow(reads, revisionLink(name, digest));
    if (isThere === undefined) return undefined;
    revisions.set(digest.text, isThere);
    if (isThere) existing.push(tag);
  }
  return existing;
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
