/** What a file of cases declares: a name to call it by, the programs it needs, and the cases. */
import type { Place } from './place.ts';
import type { ProgramName } from './programs.ts';

export interface Case {
  /** A sentence about what is seen to work. */
  readonly name: string;
  /** After this the case has failed and what it started is killed. */
  readonly limitMs?: number;
  /** What it returns is printed beside its name: a count, a version. */
  run(place: Place): Promise<string | undefined>;
}

export interface Suite {
  readonly name: string;
  readonly needs: readonly ProgramName[];
  /** Engines want to be root; on a person's machine the suite is skipped without. */
  readonly needsRoot?: boolean;
  /** Starts in the suite's own place what all of its cases share. */
  prepare?(place: Place): Promise<void>;
  readonly cases: readonly Case[];
}
