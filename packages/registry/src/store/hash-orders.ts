/** What is said to the thread that hashes files while they are written, and what it answers. */

import type { DigestAlgorithm } from '../names.ts';

/** `id` says which file is meant from its `open` to its `end` or `drop`. */
export type HashOrder =
  | { readonly kind: 'open'; readonly id: number; readonly file: string; readonly algorithm: DigestAlgorithm }
  /** The file can be read up to there. */
  | { readonly kind: 'hash'; readonly id: number; readonly upToBytes: number }
  /** That was all: asks for the answer. */
  | { readonly kind: 'end'; readonly id: number; readonly sizeBytes: number }
  /** No answer is wanted any more. */
  | { readonly kind: 'drop'; readonly id: number };

export interface HashAnswer {
  readonly id: number;
  /** Undefined if the file couldn't be read. */
  readonly hex: string | undefined;
}
