/** What an archive is to become, before anything of it is kept: all that can be wrong with it was found by then. */

import type { Digest, RepositoryName, Tag } from '../../names.ts';
import type { StoreContext } from '../context.ts';
import { digestOfBytes } from '../hashing.ts';
import type { ArchiveEntries } from './archive-entries.ts';
import type { StagedFile, Staging } from './staging.ts';

export interface PlannedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Read when their turn comes: an index may list very many. */
  readonly bytes: () => Promise<Buffer>;
}

export interface ImagePlan {
  /** By digest: each once. */
  readonly blobs: ReadonlyMap<string, StagedFile>;
  /** In the order of their push: what one lists comes before it. The last one gets the tag. */
  readonly manifests: readonly PlannedManifest[];
}

/** A manifest that was made here, and is in no archive. */
export function madeManifest(mediaType: string, bytes: Buffer): PlannedManifest {
  const digest = digestOfBytes(bytes, 'sha256');
  return { digest, mediaType, sizeBytes: bytes.byteLength, bytes: async () => bytes };
}

/** What a plan is made from. */
export interface Planning {
  readonly store: StoreContext;
  readonly staging: Staging;
  readonly entries: ArchiveEntries;
  readonly name: RepositoryName;
  readonly tag: Tag;
}
