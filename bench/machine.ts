/** What was measured on: without it a number says nothing. */

import { statfsSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

const FILESYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  16914836: 'tmpfs: syncs cost nothing here, so the pushes say nothing',
  2035054128: 'overlayfs',
};

export interface Machine {
  readonly processors: string;
  readonly memoryGib: number;
  readonly system: string;
  readonly filesystem: string;
  readonly node: string;
}

export function describeMachine(workFolder: string): Machine {
  const { type } = statfsSync(workFolder);
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `Linux ${release()}`,
    filesystem: FILESYSTEMS[type] ?? `0x${type.toString(16)}`,
    node: process.version,
  };
}
