/**
 * Reads without a promise, for the hot path: a read of a local filesystem is mostly answered from memory in
 * microseconds, while a promise for it costs several times as much.
 *
 * A call that waits for a disk holds up everybody, so this is offered only on filesystems that are local, and
 * not for a while after such calls have been slow.
 */

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { StorePath } from '../../store/layout.ts';
import type { FileFacts, QuickReads } from '../driver.ts';
import { codeOf } from './durable-folders.ts';
import type { QuickList } from './quick-listings.ts';

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

/** A call that takes longer waited for the disk, or this process for a processor. */
const SLOW_MS = 5;
/** So much waiting within a second is the disk's. */
const MAX_SLOW_MS_PER_SECOND = 50;
/** So long everything goes by promises then. */
const PAUSE_MS = 1000;

/** Whether calls may be made that hold up everybody: not after they did too much of it. */
export class Patience {
  #pausedUntilMs = 0;
  #windowEndsMs = 0;
  #slowMs = 0;

  /** What `read` gives, or undefined while the disk is slow. */
  try<Value>(read: () => Value): Value | undefined {
    const startedMs = performance.now();
    if (startedMs < this.#pausedUntilMs) return undefined;
    const value = read();
    const endedMs = performance.now();
    if (endedMs - startedMs > SLOW_MS) this.#wasSlow(endedMs - startedMs, endedMs);
    return value;
  }

  #wasSlow(tookMs: number, nowMs: number): void {
    if (nowMs > this.#windowEndsMs) {
      this.#windowEndsMs = nowMs + 1000;
      this.#slowMs = 0;
    }
    this.#slowMs += tookMs;
    if (this.#slowMs > MAX_SLOW_MS_PER_SECOND) this.#pausedUntilMs = nowMs + PAUSE_MS;
  }
}

/** Quick reads below `root`, or undefined where they could hold up everybody. */
export function quickReadsOf(root: string, list: QuickList): QuickReads | undefined {
  if (!isLocal(root)) return undefined;
  const patience = new Patience();
  const small = new SmallFiles();
  return {
    stat: (path) => patience.try(() => statNow(`${root}/${path}`)),
    readWhole: (path: StorePath, limitBytes: number) =>
      patience.try(() =>
        limitBytes <= SMALL_BYTES
          ? small.read(`${root}/${path}`, limitBytes)
          : readNow(`${root}/${path}`, limitBytes),
      ),
    list: (path, after, limit) => patience.try(() => list(`${root}/${path}`, after, limit)),
  };
}

/** Blobs that are asked for again and again are configurations and small layers. */
const SMALL_BYTES = 128 * 1024;
/** Bounds what is remembered, with about so much for each file beside its bytes. */
const REMEMBERED_BYTES = 16 * 1024 * 1024;
const BYTES_PER_FILE = 512;
/** The coarsest clock of a filesystem: what is younger may change once more within the same tick. */
const TICK_MS = 2000;

interface SmallFile {
  readonly inode: number;
  readonly modifiedAtMs: number;
  readonly changedAtMs: number;
  readonly bytes: Buffer;
}

/** Small files as they were read, believed as long as the file that is there says that it is the same. */
class SmallFiles {
  readonly #known = new LRUCache<string, SmallFile>({
    maxSize: REMEMBERED_BYTES,
    sizeCalculation: ({ bytes }) => bytes.byteLength + BYTES_PER_FILE,
  });

  read(path: string, limitBytes: number): Buffer | 'missing' | undefined {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    const known = this.#known.get(path);
    if (known !== undefined && isSame(known, stats)) return known.bytes;
    const bytes = readNow(path, limitBytes);
    const isSettled = Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > TICK_MS;
    if (typeof bytes === 'object' && isSettled) {
      const { ino: inode, mtimeMs: modifiedAtMs, ctimeMs: changedAtMs } = stats;
      this.#known.set(path, { inode, modifiedAtMs, changedAtMs, bytes });
    }
    return bytes;
  }
}

function isSame(known: SmallFile, stats: Stats): boolean {
  return (
    known.inode === stats.ino &&
    known.modifiedAtMs === stats.mtimeMs &&
    known.changedAtMs === stats.ctimeMs &&
    known.bytes.byteLength === stats.size
  );
}

/** True where files are on this machine. A folder that isn't there yet will be on the filesystem of the one above it. */
export function isLocal(folder: string): boolean {
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
