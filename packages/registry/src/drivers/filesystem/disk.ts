/**
 * The disk that the filesystem driver stands on: the few calls it makes, as one object that is handed in.
 *
 * A test hands in a disk whose n-th call fails, or that loses its power at the n-th call; `realDisk` is the
 * operating system's. Errors carry Node's `code` (ENOENT, EEXIST, ENOSPC, …).
 */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';

export interface DiskFacts {
  readonly kind: 'file' | 'folder' | 'other';
  readonly sizeBytes: number;
  /** Nanoseconds since 1970: as exact as the filesystem has it. */
  readonly modifiedAtNs: bigint;
  /** The same of everything that is known of it, also of its times: nobody can set this one. */
  readonly changedAtNs: bigint;
  /** Which file or folder it is, whatever its name; no later one gets the same. */
  readonly identity: bigint;
}

export interface DiskEntry {
  readonly name: string;
  readonly kind: DiskFacts['kind'];
}

export interface DiskFile {
  /** Writes all of `chunks`, one after the other, from `offsetBytes` on. */
  write(chunks: readonly Uint8Array[], offsetBytes: number): Promise<void>;
  /** Fills `target` from `offsetBytes` on; the number of bytes read, 0 at the end. */
  read(target: Uint8Array, offsetBytes: number): Promise<number>;
  facts(): Promise<DiskFacts>;
  /** The file's content (of a folder: its names) is on the disk when this resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
  /** The operating system's descriptor, where there is one; -1 once the file is closed. */
  readonly descriptor?: () => number;
}

export interface Disk {
  /** `create` makes a new file and fails with EEXIST; `folder` is for `sync` only. */
  open(path: string, how: 'read' | 'create' | 'folder'): Promise<DiskFile>;
  facts(path: string): Promise<DiskFacts>;
  mkdir(path: string): Promise<void>;
  /** Replaces what is at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; EEXIST if `to` is there. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  readdir(path: string): Promise<readonly DiskEntry[]>;
  /** The names alone, which costs half; whichever come first if not all. */
  names(path: string, limit?: number): Promise<readonly string[]>;
}

const FLAGS = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  folder: constants.O_RDONLY | constants.O_DIRECTORY,
} as const;

/** The operating system's disk. */
export const realDisk: Disk = {
  async open(path, how) {
    const handle = await fs.open(path, FLAGS[how], 0o644);
    return {
      write: (chunks, offsetBytes) => writeAll(handle, chunks, offsetBytes),
      read: async (target, offsetBytes) =>
        (await handle.read(target, 0, target.byteLength, offsetBytes)).bytesRead,
      facts: async () => factsOf(await handle.stat({ bigint: true })),
      sync: () => handle.sync(),
      close: () => handle.close(),
      descriptor: () => handle.fd,
    };
  },
  facts: async (path) => factsOf(await fs.stat(path, { bigint: true })),
  mkdir: (path) => fs.mkdir(path).then(() => undefined),
  rename: (from, to) => fs.rename(from, to),
  link: (from, to) => fs.link(from, to),
  unlink: (path) => fs.unlink(path),
  rmdir: (path) => fs.rmdir(path),
  readdir: async (path) => {
    const entries = await fs.readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  },
  names: async (path, limit) => {
    if (limit !== undefined) return await namesInTurns(path, limit);
    const { size } = await fs.stat(path);
    return size > LARGE_FOLDER_BYTES
      ? await namesInTurns(path, Number.POSITIVE_INFINITY)
      : await fs.readdir(path);
  },
};

/**
 * A folder with some 200,000 names (ext4, XFS). They come into JavaScript all at once, which takes some 30 ms; of a
 * larger folder they come by and by, which takes twice as long and keeps nobody waiting.
 */
const LARGE_FOLDER_BYTES = 4 * 1024 * 1024;
const NAMES_PER_TURN = 256;

async function namesInTurns(path: string, limit: number): Promise<readonly string[]> {
  const folder = await fs.opendir(path, { bufferSize: Math.min(limit, NAMES_PER_TURN) });
  try {
    const names: string[] = [];
    for (let entry = await folder.read(); entry !== null; entry = await folder.read()) {
      names.push(entry.name);
      if (names.length >= limit) break;
    }
    return names;
  } finally {
    await folder.close();
  }
}

/** writev may write less than it was given (a full disk says so only at the next call). */
async function writeAll(
  handle: fs.FileHandle,
  chunks: readonly Uint8Array[],
  offsetBytes: number,
): Promise<void> {
  let rest = [...chunks];
  let at = offsetBytes;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    rest = dropBytes(rest, bytesWritten);
  }
}

function dropBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let toDrop = count;
  for (const chunk of chunks) {
    if (toDrop < chunk.byteLength) rest.push(toDrop === 0 ? chunk : chunk.subarray(toDrop));
    toDrop = Math.max(0, toDrop - chunk.byteLength);
  }
  return rest;
}

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
}

function kindOf(entry: Kinds): DiskFacts['kind'] {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

function factsOf(
  stats: Kinds & { size: bigint; mtimeNs: bigint; ctimeNs: bigint; ino: bigint; birthtimeNs: bigint },
): DiskFacts {
  return {
    kind: kindOf(stats),
    sizeBytes: Number(stats.size),
    modifiedAtNs: stats.mtimeNs,
    changedAtNs: stats.ctimeNs,
    // A filesystem gives a freed inode to the next file, which was born later.
    identity: (stats.birthtimeNs << 64n) | stats.ino,
  };
}
