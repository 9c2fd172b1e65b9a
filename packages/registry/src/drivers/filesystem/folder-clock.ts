/**
 * When a folder may be remembered by its time of modification: not as long as another name may come within the
 * same tick of the filesystem's clock, since that would leave the time as it is.
 */

import type { Disk, DiskFacts } from './disk.ts';

/** The coarsest clock of a filesystem that people use (FAT, old NFS), and more than clocks on a machine differ. */
const TICK_NS = 2_000_000_000n;

export interface FolderClockOptions {
  readonly disk: Disk;
  readonly nowMs: () => number;
  /** A path, other each time, for a file that tells the filesystem's time; undefined where it is not to be asked. */
  readonly probePath?: (() => string) | undefined;
}

export class FolderClock {
  readonly #disk: Disk;
  readonly #nowMs: () => number;
  readonly #probePath: (() => string) | undefined;

  constructor({ disk, nowMs, probePath }: FolderClockOptions) {
    this.#disk = disk;
    this.#nowMs = nowMs;
    this.#probePath = probePath;
  }

  /** True if every change from now on will give the folder another time, by this machine's clock. */
  isLongPast(facts: FolderTimes): boolean {
    return BigInt(Math.floor(this.#nowMs())) * 1_000_000n - latestOf(facts) > TICK_NS;
  }

  /**
   * The same by the filesystem's clock, which is known by the time that it gives to a new file: exact, whatever a
   * tick is, where one clock stamps all that is on the filesystem.
   */
  async isPast(facts: FolderTimes): Promise<boolean> {
    if (this.isLongPast(facts)) return true;
    const nowNs = await this.#filesystemNowNs().catch(() => undefined);
    return nowNs !== undefined && nowNs > latestOf(facts);
  }

  async #filesystemNowNs(): Promise<bigint | undefined> {
    const path = this.#probePath?.();
    if (path === undefined) return undefined;
    const file = await this.#disk.open(path, 'create');
    try {
      return (await file.facts()).changedAtNs;
    } finally {
      await file.close().finally(() => this.#disk.unlink(path));
    }
  }
}

export type FolderTimes = Pick<DiskFacts, 'modifiedAtNs' | 'changedAtNs'>;

function latestOf({ modifiedAtNs, changedAtNs }: FolderTimes): bigint {
  return modifiedAtNs > changedAtNs ? modifiedAtNs : changedAtNs;
}
