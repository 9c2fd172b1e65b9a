/**
 * What the store can say without a promise, for the hot path: 'missing' for what isn't there, and undefined where
 * it can't say just now, as the disk is slow or something isn't in memory (the same is then asked with promises).
 */

import type { QuickReads } from '../drivers/driver.ts';
import type { Digest, RepositoryName } from '../names.ts';
import type { Reference } from '../path.ts';
import { WHOLE_BLOB_BYTES } from './blobs.ts';
import { blobData, layerLink, revisionLink, tagLink } from './layout.ts';
import { readLinkNow } from './links.ts';
import type { StoredManifest, StoredManifests } from './stored-manifests.ts';

type Now<Value> = Value | 'missing' | undefined;

/** The manifest that a tag or a digest names. */
export function readManifestNow(
  reads: QuickReads,
  manifests: StoredManifests,
  name: RepositoryName,
  reference: Reference,
): Now<StoredManifest> {
  const digest =
    reference.kind === 'digest' ? reference.digest : readLinkNow(reads, tagLink(name, reference.tag));
  if (typeof digest !== 'object') return digest;
  const revision = reads.stat(revisionLink(name, digest));
  if (typeof revision !== 'object') return revision;
  const known = manifests.recall(digest);
  const data = known && reads.stat(blobData(digest));
  return typeof data === 'object' ? known : undefined;
}

/** The size of a blob of the repository. */
export function blobSizeBytesNow(reads: QuickReads, name: RepositoryName, digest: Digest): Now<number> {
  const link = reads.stat(layerLink(name, digest));
  const data = typeof link === 'object' ? reads.stat(blobData(digest)) : link;
  return typeof data === 'object' ? data.sizeBytes : data;
}

/** A small blob of the repository, whole. */
export function readBlobNow(reads: QuickReads, name: RepositoryName, digest: Digest): Now<Buffer> {
  const link = reads.stat(layerLink(name, digest));
  return typeof link === 'object' ? reads.readWhole(blobData(digest), WHOLE_BLOB_BYTES) : link;
}
