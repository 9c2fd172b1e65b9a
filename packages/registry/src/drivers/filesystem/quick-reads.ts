/**
 * Reads without a promise, for the hot path: a read of a local filesystem is mostly answered from memory in
 * microseconds, while a promise for it costs several times as much.
 *
 * A call that waits for a disk holds up everybody, so this is offered only on filesystems that are local, and
 * not for a while after one has been slow.
 */

import { closeSync, constants, fstatSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { StorePath } from '../../store/layout.ts';
import type { FileFacts, QuickReads } from '../driver.ts';
import { codeOf } from './durable-folders.ts';

/** Filesystems that answer from this machine's own memory or disk, by their number in statfs(2). */
const LOCAL_FILESYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
]);

/** Longer than this, a call had to wait for the disk. */
const SLOW_MS = 5;
/** So long everything goes by promises then. */
const PAUSE_MS = 1000;

/** Quick reads below `root`, or undefined where they could hold up everybody. */
export function quickReadsOf(root: string): QuickReads | undefined {
  if (!isLocal(root)) return undefined;
  let pausedUntilMs = 0;
  const timed = <Value>(read: () => Value): Value | undefined => {
    const startedMs = performance.now();
    if (startedMs < pausedUntilMs) return undefined;
    const value = read();
    const endedMs = performance.now();
    if (endedMs - startedMs > SLOW_MS) pausedUntilMs = endedMs + PAUSE_MS;
    return value;
  };
  return {
    stat: (path) => timed(() => statNow(`${root}/${path}`)),
    readWhole: (path: StorePath, limitBytes: number) => timed(() => readNow(`${root}/${path}`, limitBytes)),
  };
}

/** A folder that isn't there yet will be on the filesystem of the one above it. */
function isLocal(folder: string): boolean {
  try {
    return LOCAL_FILESYSTEMS.has(statfsSync(folder).type);
  } catch {
    return dirname(folder) !== folder && isLocal(dirname(folder));
  }
}

function statNow(path: string): FileFacts | 'missing' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  return stats.isFile() ? { sizeBytes: stats.size, modifiedAtMs: stats.mtimeMs } : undefined;
}

function readNow(path: string, limitBytes: number): Buffer | 'missing' | undefined {
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY);
  } catch (error) {
    // Anything else is told properly by the way with promises.
    return codeOf(error) === 'ENOENT' ? 'missing' : undefined;
  }
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile() || stats.size > limitBytes) return undefined;
    const bytes = Buffer.allocUnsafe(stats.size);
    return readSync(handle, bytes, 0, stats.size, 0) === stats.size ? bytes : undefined;
  } finally {
    closeSync(handle);
  }
}
