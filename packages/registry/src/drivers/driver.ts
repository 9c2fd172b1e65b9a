/**
 * The contract between the store and whatever keeps its bytes.
 *
 * A driver knows bytes and paths, never what they mean. It says what the store needs and nothing that only a
 * filesystem could do, so that an object store fits behind it: no rename of folders, no locks, no writing in
 * the middle of a file. Every driver passes the same suite (test/driver-suite.ts).
 */

import type { ByteSource, Chunks } from '../chunks.ts';
import type { StorePath } from '../store/layout.ts';

/** Everything that a driver may fail with. Any other error is a bug or a broken disk. */
export type DriverFailure = 'missing' | 'exists' | 'full' | 'read-only' | 'busy';

/** A failure that the store knows how to read. `path` is for the log, never for a client. */
export class DriverError extends Error {
  readonly failure: DriverFailure;
  readonly path: string;

  constructor(failure: DriverFailure, path: string, cause?: unknown) {
    super(`${failure}: ${path}`, { cause });
    this.failure = failure;
    this.path = path;
  }
}

/** True if `error` is the driver's failure of that kind. */
export function isDriverFailure(error: unknown, failure: DriverFailure): boolean {
  return error instanceof DriverError && error.failure === failure;
}

export interface FileFacts {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** A file opened for reading: its bytes stay what they were when it was opened. Whoever opens it closes it. */
export interface Content {
  readonly sizeBytes: number;
  /** Fills `target` from `offsetBytes` on; the number of bytes read, 0 at the end. */
  read(target: Uint8Array, offsetBytes: number): Promise<number>;
  close(): Promise<void>;
  /** All of it, where it is in memory already. */
  readonly whole?: Buffer;
  /** An ability that only some have. */
  readonly sendfile?: Sendfile | undefined;
}

/**
 * Moves bytes from `offsetBytes` on into a socket, given by its descriptor, without them coming through this process:
 * as many as go at once, at most `limitBytes`, all of which are there. How many went, or why none did: `cold`, they
 * would have to be waited for; `refused`, whatever the reason. Then the same bytes go by `read`, which tells what is
 * wrong, if anything is. It never waits and never fails.
 */
export type Sendfile = (
  socket: number,
  offsetBytes: number,
  limitBytes: number,
) => number | 'cold' | 'refused';

/** Fills `target` from `offsetBytes` on, at least its first byte. @throws Error at the end */
export async function readSome(content: Content, target: Uint8Array, offsetBytes: number): Promise<number> {
  const count = await content.read(target, offsetBytes);
  if (count === 0) throw new Error(`a stored file ended at ${offsetBytes} bytes while it was being read`);
  return count;
}

/** Bytes that are kept but that nobody can reach by a path yet. */
export interface Staged {
  readonly sizeBytes: number;
}

/** Staged bytes, and where they are to be. */
export interface Placement {
  readonly staged: Staged;
  readonly path: StorePath;
}

export interface PlaceOptions {
  /** Fail with `exists` rather than replace what is there. */
  readonly ifAbsent?: boolean;
  /** Resolve only once content and name survive a power cut. */
  readonly durable: boolean;
}

/** Hears how much of what is being staged can be read in a file of this machine. Must not throw. */
export type StagingListener = (file: string, upToBytes: number) => void;

/**
 * Reads that answer without a promise. Each gives undefined where it can't just now (or the file or folder is too
 * large): then the same is asked with a promise.
 */
export interface QuickReads {
  stat(path: StorePath): FileFacts | 'missing' | undefined;
  readWhole(path: StorePath, limitBytes: number): Buffer | 'missing' | undefined;
  list(path: StorePath, after: string, limit: number): readonly string[] | undefined;
}

export interface Driver {
  /** An ability that only some have. */
  readonly quick?: QuickReads | undefined;

  /** Size and time of a file. @throws DriverError missing */
  stat(path: StorePath): Promise<FileFacts>;

  /** Opens a file for reading. @throws DriverError missing */
  open(path: StorePath): Promise<Content>;

  /** A whole small file. @throws DriverError missing; Error if it has more than `limitBytes` */
  readSmall(path: StorePath, limitBytes: number): Promise<Buffer>;

  /**
   * Keeps what `source` gives, out of sight. When `source` throws, nothing is kept.
   * @param onWritten heard where the driver writes to a file of this machine; until then the file stays where it is
   */
  stage(source: ByteSource, onWritten?: StagingListener): Promise<Staged>;

  /** Takes a file out of sight; of several who take it at once, one gets it. @throws DriverError missing */
  take(path: StorePath): Promise<Staged>;

  /** The bytes of something staged, from the start. */
  readStaged(staged: Staged): AsyncIterable<Chunks>;

  /** Makes staged bytes the file at `path`, whole or not at all; they are no longer staged afterwards, also
   * after a failure. @throws DriverError exists */
  place(staged: Staged, path: StorePath, options: PlaceOptions): Promise<void>;

  /** Makes staged bytes files, one after the other: who sees a later one sees those before it. A power cut may leave
   * any of them until this resolves. None is staged afterwards, also after a failure. */
  placeInOrder(files: readonly Placement[], options: Pick<PlaceOptions, 'durable'>): Promise<void>;

  /** Throws staged bytes away. Never fails. */
  discard(staged: Staged): Promise<void>;

  /** Writes a small file, whole or not at all. @throws DriverError exists */
  writeSmall(path: StorePath, bytes: Uint8Array, options: PlaceOptions): Promise<void>;

  /** Resolves once the file survives a power cut. Somebody else may have put it there a moment ago and not be done:
   * what is acknowledged must lean on nothing that is only about to last. @throws DriverError missing */
  makeDurable(path: StorePath): Promise<void>;

  /** The names of the folders in a folder, in the order of their bytes, after `after`, at most `limit`. Costs the
   * page, not the folder, unless that has changed. A name proves nothing: a driver may list folders that are empty,
   * and files that somebody else has put beside folders. A folder that isn't there has none. */
  list(path: StorePath, after: string, limit: number): Promise<readonly string[]>;

  /** As `list`, whichever names come first: at most `limit`, and all if they are fewer. Never costs the folder. */
  listSome(path: StorePath, limit: number): Promise<readonly string[]>;

  /** Removes a file for good (a power cut doesn't bring it back). @throws DriverError missing */
  delete(path: StorePath): Promise<void>;

  /** Removes a folder with all that is in it, if it is there; not for good. */
  deleteFolder(path: StorePath): Promise<void>;

  /** Removes a folder if there is no file in it, only folders without files; else leaves it as it is. */
  deleteEmptyFolder(path: StorePath): Promise<void>;

  /** Throws away what was staged before `beforeMs` and never placed (its process died); how many. */
  sweepStaged(beforeMs: number): Promise<number>;

  close(): Promise<void>;
}
