/** Every limit of the registry, each with its reason and the configuration key that sets it. */

export interface Limits {
  /** limits.manifestBytes. The spec asks for at least 4 MB; a larger one would be held in memory whole. */
  readonly manifestBytes: number;
  /** limits.manifestDepth. Real manifests nest 5 deep; deeper JSON is an attack on parsers. */
  readonly manifestDepth: number;
  /** limits.manifestDescriptors. Each one is looked up on the disk before a manifest is taken. */
  readonly manifestDescriptors: number;
  /** limits.tagsPerPush. The spec asks for at least 10 `tag` parameters. */
  readonly tagsPerPush: number;
  /** limits.pageSize. Names in an answer to a listing that names no `n`; the rest is behind its Link. */
  readonly pageSize: number;
  /** limits.maxPageSize. The most names in one answer, whatever `n` is. */
  readonly maxPageSize: number;
  /** The same for the repositories alone: distribution's catalog.maxentries. */
  readonly catalogPageSize: number;
  /** The same for the tags alone: distribution's tags.maxtags. */
  readonly tagsPageSize: number;
  /** limits.referrersBytes. A page of referrers is an index that clients parse whole, as a manifest. */
  readonly referrersBytes: number;
  /** limits.idleMs. A transfer in which nothing moves for this long is cut, so that it holds nothing. */
  readonly idleMs: number;
  /** limits.drainBytes. How much of a refused body is read so that its sender sees the answer. */
  readonly drainBytes: number;
  /** limits.lingerMs. How long a sender who goes on after that has to read the answer. */
  readonly lingerMs: number;
  /** limits.queryBytes. Longer queries are refused: ten long tags fit several times. */
  readonly queryBytes: number;
  /** limits.archiveEntries. An image of 127 layers for ten platforms takes 1,300; endless ones would take a file each. */
  readonly archiveEntries: number;
  /** limits.archiveHeaderBytes. A header in front of a tar's entry holds a long name, and is held in memory. */
  readonly archiveHeaderBytes: number;
  /** limits.archiveRatio. What a compressed archive may unpack to, as a multiple of its size. Images come to 2 to 10. */
  readonly archiveRatio: number;
  /** limits.archiveUnpackedBytes. As much is always allowed: a small archive of zeros harms nobody. */
  readonly archiveUnpackedBytes: number;
  /** limits.archiveZstdWindowLog. 8 MiB, which is what zstd -19 asks for; one with --long asks for 128 MiB of memory. */
  readonly archiveZstdWindowLog: number;
  /** limits.archiveTrailingBytes. After the end of a tar: GNU tar fills up 10 KiB, others a tape's record. */
  readonly archiveTrailingBytes: number;
  /** limits.artifactFiles. Files of one upload; each is held back until the last one has come. */
  readonly artifactFiles: number;
  /** limits.artifactFields. Fields of a form; they become annotations of a manifest, and are held in memory. */
  readonly artifactFields: number;
  /** limits.artifactFieldBytes. The same. */
  readonly artifactFieldBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  manifestBytes: 4 * 1024 * 1024,
  manifestDepth: 100,
  manifestDescriptors: 10_000,
  tagsPerPush: 100,
  pageSize: 1000,
  maxPageSize: 10_000,
  catalogPageSize: 10_000,
  tagsPageSize: 10_000,
  referrersBytes: 4 * 1024 * 1024,
  idleMs: 60_000,
  drainBytes: 1024 * 1024,
  lingerMs: 2000,
  queryBytes: 16 * 1024,
  archiveEntries: 20_000,
  archiveHeaderBytes: 64 * 1024,
  archiveRatio: 100,
  archiveUnpackedBytes: 64 * 1024 * 1024,
  archiveZstdWindowLog: 23,
  archiveTrailingBytes: 1024 * 1024,
  artifactFiles: 256,
  artifactFields: 64,
  artifactFieldBytes: 16 * 1024,
};

/** The thread that hashes a large upload keeps a buffer and little else. */
export const HASH_THREAD_HEAP_MB = 16;
/** It has followed the upload when that ends; one that is silent for so long is stuck, and given up. */
export const HASH_THREAD_ANSWER_MS = 30_000;
/** A thread that died this often won't live. */
export const HASH_THREAD_STARTS = 3;
