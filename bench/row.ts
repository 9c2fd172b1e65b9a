/** What a row of the table is: what is done to each server, and what Berth must reach. */
import type { LoadTool } from './load/load-tools.ts';
import type { Ability, ServerName } from './servers.ts';
import type { Subject } from './subject.ts';

export interface Sample {
  /** Requests, or bytes. */
  readonly amount: number;
  readonly seconds: number;
  readonly command: string;
}

export interface Mark {
  /** Berth's rate is at least so many times the peer's. */
  readonly rate: number;
  /** Berth's processor time for a request or a byte is at most so many times the peer's. */
  readonly cpu?: number;
}

export type Marks = Partial<Record<ServerName, Mark>>;

export interface Row {
  readonly title: string;
  readonly unit: 'requests' | 'bytes';
  /** A server takes part that has one of these. */
  readonly abilities: readonly Ability[];
  readonly tool?: LoadTool;
  /** Of the account's password. */
  readonly bcryptCost?: number;
  /** Fewer runs than were asked for, where the figure is a peak. */
  readonly runsAtMost?: number;
  /** Runs that aren't counted, before those that are; 1 where it isn't said. */
  readonly warmUps?: number;
  readonly marks?: Marks;
  /** What Berth's peak of resident memory must stay under. */
  readonly peakLimitMiB?: number;
  /** Once for each server, before its warm-up. */
  prepare?(subject: Subject): Promise<void>;
  measure(subject: Subject): Promise<Sample>;
  /** Not counted: what was promised is asserted, what was pushed is removed. What is worth telling. */
  after?(subject: Subject, sample: Sample): Promise<string | undefined>;
}
