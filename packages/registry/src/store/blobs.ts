/**
 * Blobs: content named by its digest, kept once for all repositories; a link in a repository makes it that
 * repository's. It is there for a repository when both are.
 */

import { type Content, isDriverFailure, type Staged } from '../drivers/driver.ts';
import { type RegistryError, refuse } from '../errors.ts';
import type { Digest, RepositoryName } from '../names.ts';
import type { StoreContext } from './context.ts';
import { blobData, layerLink } from './layout.ts';
import { isDurablyThere, isThere, removeFile, stageLink, statOf, writeLink } from './links.ts';

/** Blobs up to this size are read at once, where the driver can. */
export const WHOLE_BLOB_BYTES = 128 * 1024;

/** Opens a blob of the repository. Hot path. @throws RegistryError BLOB_UNKNOWN */
export async function openBlob(store: StoreContext, name: RepositoryName, digest: Digest): Promise<Content> {
  if (!(await isThere(store.driver, layerLink(name, digest)))) throw blobUnknown(name, digest);
  const whole = store.driver.quick?.readWhole(blobData(digest), WHOLE_BLOB_BYTES);
  if (whole === 'missing') throw blobUnknown(name, digest);
  if (whole !== undefined) return contentOfBytes(whole);
  try {
    return await store.driver.open(blobData(digest));
  } catch (error) {
    if (isDriverFailure(error, 'missing')) throw blobUnknown(name, digest);
    throw error;
  }
}

/** The size of a blob of the repository. Hot path. @throws RegistryError BLOB_UNKNOWN */
export async function blobSizeBytes(
  store: StoreContext,
  name: RepositoryName,
  digest: Digest,
): Promise<number> {
  const isLinked = await isThere(store.driver, layerLink(name, digest));
  const facts = isLinked ? await statOf(store.driver, blobData(digest)) : undefined;
  if (facts === undefined) throw blobUnknown(name, digest);
  return facts.sizeBytes;
}

/** True if the repository has the blob. */
export async function hasBlob(store: StoreContext, name: RepositoryName, digest: Digest): Promise<boolean> {
  return (
    (await isThere(store.driver, layerLink(name, digest))) && (await isThere(store.driver, blobData(digest)))
  );
}

/** True if the repository has the blob, which then survives a power cut. */
export async function hasBlobDurably(
  store: StoreContext,
  name: RepositoryName,
  digest: Digest,
): Promise<boolean> {
  return (
    (await isDurablyThere(store.driver, layerLink(name, digest))) &&
    (await isDurablyThere(store.driver, blobData(digest)))
  );
}

/**
 * Makes staged bytes, whose digest has been verified, a blob of the repository. Durable. The link comes first:
 * whoever collects garbage sees what is being leaned on before it is there.
 */
export async function placeBlob(
  store: StoreContext,
  name: RepositoryName,
  digest: Digest,
  staged: Staged,
): Promise<void> {
  let link: Staged;
  try {
    link = await stageLink(store.driver, digest);
  } catch (error) {
    await store.driver.discard(staged);
    throw error;
  }
  const files = [
    { staged: link, path: layerLink(name, digest) },
    { staged, path: blobData(digest) },
  ];
  await store.driver.placeInOrder(files, { durable: true });
}

/** Makes a blob of `from` one of `name` too, if it is there; whether it was. Durable. */
export async function mountBlob(
  store: StoreContext,
  from: RepositoryName,
  name: RepositoryName,
  digest: Digest,
): Promise<boolean> {
  if (!(await hasBlob(store, from, digest))) return false;
  if (!(await isDurablyThere(store.driver, blobData(digest)))) return false;
  await writeLink(store.driver, layerLink(name, digest), digest);
  return true;
}

/** Takes the blob from the repository; other repositories keep it. Durable. @throws RegistryError BLOB_UNKNOWN */
export async function deleteBlob(store: StoreContext, name: RepositoryName, digest: Digest): Promise<void> {
  if (!(await hasBlob(store, name, digest))) throw blobUnknown(name, digest);
  if (!(await removeFile(store.driver, layerLink(name, digest)))) throw blobUnknown(name, digest);
}

export function blobUnknown(name: RepositoryName, digest: Digest): RegistryError {
  return refuse('BLOB_UNKNOWN', {
    message: `repository ${name} has no blob ${digest.text}`,
    detail: { name, digest: digest.text },
  });
}

function contentOfBytes(whole: Buffer): Content {
  return {
    whole,
    sizeBytes: whole.byteLength,
    read: async (target, offsetBytes) => whole.copy(target, 0, offsetBytes),
    close: async () => {},
  };
}
