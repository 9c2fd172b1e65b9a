// The programs of the threads that hash and that check passwords, where there are no files beside the sources to start them
// from: a bundle has their texts here (build/bundle.ts puts another module in the place of this one).

import type { WorkerProgram } from '@berth/auth';
import type { HashProgram } from '@berth/registry';

export interface ThreadPrograms {
  /** Undefined: the file beside the sources. */
  readonly hash: HashProgram | undefined;
  readonly bcrypt: WorkerProgram | undefined;
}

export const threadPrograms: ThreadPrograms = { hash: undefined, bcrypt: undefined };
