/**
 * What the store can say without a promise, for the hot path: each function gives undefined where it can't just
 * now (the same is then asked with promises), and throws what its counterpart throws.
 */

import type { QuickReads } from '../drivers/driver.ts';
import type { Digest, RepositoryName } from '../names.ts';
import type { Reference } from '../path.ts';
import { blobUnknown, WHOLE_BLOB_BYTES } from './blobs.ts';
import { blobData, layerLink, revisionLink, tagLink } from './layout.ts';
import { readLinkNow } from './links.ts';
import { manifestUnknown } from './manifests.ts';
import type { StoredManifest, StoredManifests } from './stored-manifests.ts';

/** The manifest that a tag or a digest names. @throws RegistryError MANIFEST_UNKNOWN */
export function readManifestNow(
  reads: QuickReads,
  manifests: StoredManifests,
  name: RepositoryName,
  reference: Reference,
): StoredManifest | undefined {
  const digest =
    reference.kind === 'digest' ? reference.digest : readLinkNow(reads, tagLink(name, reference.tag));
  if (digest === undefined) return undefined;
  const revision = digest === 'missing' ? 'missing' : reads.stat(revisionLink(name, digest));
  if (revision === undefined) return undefined;
  if (digest === 'missing' || revision === 'missing') throw manifestUnknown(name, reference);
  const known = manifests.recall(digest);
  if (known === undefined) return undefined;
  const data = reads.stat(blobData(digest));
  return data === undefined || data === 'missing' ? undefined : known;
}

/** The size of a blob of the repository. @throws RegistryError BLOB_UNKNOWN */
export function blobSizeBytesNow(
  reads: QuickReads,
  name: RepositoryName,
  digest: Digest,
): number | undefined {
  const link = reads.stat(layerLink(name, digest));
  const data = typeof link === 'object' ? reads.stat(blobData(digest)) : link;
  if (data === 'missing') throw blobUnknown(name, digest);
  return data?.sizeBytes;
}

/** A small blob of the repository, whole. @throws RegistryError BLOB_UNKNOWN */
export function readBlobNow(reads: QuickReads, name: RepositoryName, digest: Digest): Buffer | undefined {
  const link = reads.stat(layerLink(name, digest));
  const whole = typeof link === 'object' ? reads.readWhole(blobData(digest), WHOLE_BLOB_BYTES) : link;
  if (whole === 'missing') throw blobUnknown(name, digest);
  return whole;
}
