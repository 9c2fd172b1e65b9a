/**
 * Manifests: documents that hold an image together. Their bytes are kept as they came, as blobs are; a revision
 * link makes one the repository's.
 *
 * A push does its steps in an order such that a crash after any of them leaves nothing half-made: what the
 * manifest leans on is checked, its bytes are placed, then what finds it by its subject, then its revision (from
 * here on it is there), then its tags.
 */

import { type RegistryError, refuse } from '../errors.ts';
import type { Digest, RepositoryName, Tag } from '../names.ts';
import type { Reference } from '../path.ts';
import { hasBlobDurably } from './blobs.ts';
import type { StoreContext } from './context.ts';
import { digestOfBytes } from './hashing.ts';
import { blobData, revisionLink } from './layout.ts';
import { isDurablyThere, isThere, removeFile, writeLink } from './links.ts';
import { type Descriptor, type ManifestDocument, parseManifest, readStored } from './manifest-document.ts';
import { checkLinks, mustBeThere } from './manifest-validation.ts';
import { addReferrer, removeReferrer } from './referrers.ts';
import type { StoredManifest } from './stored-manifests.ts';
import { deleteTagsOf, moveTag, resolveTag } from './tags.ts';

export interface ManifestPush {
  readonly name: RepositoryName;
  readonly reference: Reference;
  /** Tags that a push by digest sets as well. */
  readonly tags: readonly Tag[];
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
}

export interface PushedManifest {
  readonly digest: Digest;
  readonly subject: Digest | undefined;
}

/** The manifest that a tag or a digest names. Hot path. @throws RegistryError MANIFEST_UNKNOWN */
export async function readManifest(
  store: StoreContext,
  name: RepositoryName,
  reference: Reference,
): Promise<StoredManifest> {
  const digest = await resolve(store, name, reference);
  const manifest = digest && (await store.manifests.read(store.driver, digest));
  if (manifest === undefined) throw manifestUnknown(name, reference);
  return manifest;
}

/**
 * Keeps a manifest, and makes the tags name it. Durable.
 * @throws RegistryError MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, DIGEST_INVALID; each leaves nothing behind
 */
export async function pushManifest(store: StoreContext, push: ManifestPush): Promise<PushedManifest> {
  const document = parseManifest(push.bytes, push.contentType, store.limits);
  const digest = digestOfPush(push);
  checkLinks(store.validation, document);
  await checkReferences(store, push.name, document);
  await placeBytes(store, digest, push.bytes);
  if (document.subject !== undefined) await addReferrer(store, push.name, document.subject, digest);
  await writeLink(store.driver, revisionLink(push.name, digest), digest);
  for (const tag of tagsOfPush(push)) await moveTag(store, push.name, tag, digest);
  return { digest, subject: document.subject };
}

/**
 * Removes a manifest from the repository, with the tags that name it. Durable.
 * The tags go first: one that is left behind by a crash would come back with the next push of the manifest.
 * @throws RegistryError MANIFEST_UNKNOWN
 */
export async function deleteManifest(
  store: StoreContext,
  name: RepositoryName,
  digest: Digest,
): Promise<void> {
  const revision = revisionLink(name, digest);
  if (!(await isThere(store.driver, revision))) throw manifestUnknown(name, { kind: 'digest', digest });
  const manifest = await store.manifests.read(store.driver, digest);
  await deleteTagsOf(store, name, digest);
  const isRemoved = await removeFile(store.driver, revision);
  if (!isRemoved) throw manifestUnknown(name, { kind: 'digest', digest });
  const subject = manifest && readStored(manifest.bytes, store.limits)?.subject;
  if (subject !== undefined) await removeReferrer(store, name, subject, digest);
}

async function resolve(
  store: StoreContext,
  name: RepositoryName,
  reference: Reference,
): Promise<Digest | undefined> {
  if (reference.kind === 'tag') return await resolveTag(store, name, reference.tag);
  return (await isThere(store.driver, revisionLink(name, reference.digest))) ? reference.digest : undefined;
}

/** A push by tag has the digest that Berth computes; one by digest must have the one it says. */
function digestOfPush(push: ManifestPush): Digest {
  if (push.reference.kind === 'tag') return digestOfBytes(push.bytes, 'sha256');
  const wanted = push.reference.digest;
  const actual = digestOfBytes(push.bytes, wanted.algorithm);
  if (actual.text === wanted.text) return wanted;
  throw refuse('DIGEST_INVALID', {
    message: `the manifest has the digest ${actual.text}, not ${wanted.text}`,
    detail: { wanted: wanted.text, received: actual.text },
  });
}

function tagsOfPush(push: ManifestPush): readonly Tag[] {
  return push.reference.kind === 'tag' ? [push.reference.tag, ...push.tags] : push.tags;
}

/**
 * What the manifest refers to has to be there as long as the manifest itself: also what another request has put
 * there a moment ago. All that is missing is named at once, so that one push tells what to bring.
 */
async function checkReferences(
  store: StoreContext,
  name: RepositoryName,
  document: ManifestDocument,
): Promise<void> {
  const { validation } = store;
  const missing: Descriptor[] = [];
  for (const blob of validation.blobs ? document.blobs : [])
    if (!(await hasBlobDurably(store, name, blob.digest))) missing.push(blob);
  for (const item of document.manifests)
    if (mustBeThere(validation, item) && !(await hasListed(store, name, item))) missing.push(item);
  const [first] = missing;
  if (first === undefined) return;
  throw refuse('MANIFEST_BLOB_UNKNOWN', {
    message: `the manifest refers to what repository ${name} does not have: ${first.where} is ${first.digest.text}${missing.length > 1 ? `, and ${missing.length - 1} more` : ''}; push it first`,
    detail: missing.map(({ where, digest, mediaType }) => ({ where, digest: digest.text, mediaType })),
  });
}

/** An index lists manifests; build caches list their layers in one too. */
async function hasListed(store: StoreContext, name: RepositoryName, item: Descriptor): Promise<boolean> {
  const isManifest =
    (await isDurablyThere(store.driver, revisionLink(name, item.digest))) &&
    (await isDurablyThere(store.driver, blobData(item.digest)));
  return isManifest || (await hasBlobDurably(store, name, item.digest));
}

async function placeBytes(store: StoreContext, digest: Digest, bytes: Buffer): Promise<void> {
  await store.driver.place(await store.driver.stage([[bytes]]), blobData(digest), { durable: true });
}

export function manifestUnknown(name: RepositoryName, reference: Reference): RegistryError {
  const shown = reference.kind === 'tag' ? `tag ${reference.tag}` : `manifest ${reference.digest.text}`;
  return refuse('MANIFEST_UNKNOWN', {
    message: `repository ${name} has no ${shown}`,
    detail: { name, reference: shown },
  });
}
