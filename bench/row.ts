/** What a row of the table is: what is done to each server, and what Berth must reach. */
import type { LoadTool } from './load/load-tools.ts';
import type { Ability, ServerName } from './servers.ts';
import type { Setting } from './setting.ts';
import type { Subject } from './subject.ts';
import type { Unit } from './units.ts';
import type { YardstickName } from './yardsticks.ts';

export interface Sample {
  /** In the row's unit. */
  readonly amount: number;
  readonly seconds: number;
  readonly command: string;
  /** Of the server, where it isn't the processor time that passed in a process that was there all the while. */
  readonly cpuSeconds?: number;
}

/** A server, a server in one of the row's variants, or a yardstick. */
export type ContestantName = ServerName | `${ServerName}/${string}` | YardstickName;

export interface Mark {
  /** The champion's rate is at least so many times this one's. */
  readonly rate: number;
  /** The champion's processor time for a unit is at most so many times this one's. */
  readonly cpu?: number;
}

export type Marks = Partial<Record<ContestantName, Mark>>;

export interface Variant {
  readonly key: string;
  readonly text: string;
  readonly setting: Setting;
}

export interface Row {
  readonly title: string;
  readonly unit: Unit;
  /** A server takes part that has one of these. */
  readonly abilities: readonly Ability[];
  readonly tool?: LoadTool;
  readonly setting?: Setting;
  /** Each server takes part once in each of them. */
  readonly variants?: readonly Variant[];
  /** Figures of the machine itself, taken in the same turns. */
  readonly yardsticks?: readonly YardstickName[];
  /** Fewer runs than were asked for, where the figure is a peak. */
  readonly runsAtMost?: number;
  /** Runs that aren't counted, before those that are; 1 where it isn't said. */
  readonly warmUps?: number;
  /** Who the marks are for; Berth where it isn't said. */
  readonly champion?: ContestantName;
  readonly marks?: Marks;
  /** What Berth's peak of resident memory must stay under. */
  readonly peakLimitMiB?: number;
  /** Who is left out, or what else a reader should know. */
  readonly remark?: string;
  /** Why this machine can't measure it; undefined where it can. */
  missing?(): string | undefined;
  /** Once for each server, before its warm-up. */
  prepare?(subject: Subject): Promise<void>;
  /** @param turn counts from 0, warm-up and all */
  measure(subject: Subject, turn: number): Promise<Sample>;
  /** Not counted: what was promised is asserted, what was pushed is removed. What is worth telling. */
  after?(subject: Subject, sample: Sample): Promise<string | undefined>;
}
