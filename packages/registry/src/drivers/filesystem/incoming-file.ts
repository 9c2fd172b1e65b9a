/**
 * A file that is being filled from a stream: one write is under way while the next bytes are gathered, and what
 * was written begins its way to the disk long before the end, so that the last sync has little left to wait for.
 * (Several writes at once to one file only wait for each other in the kernel.)
 */

import type { Chunks } from '../../chunks.ts';
import type { DiskFile } from './disk.ts';

/** Not worth a call below this. */
const WRITE_BYTES = 256 * 1024;
/** Gathered at most while a write is under way, while few files come in, and while many do: bounds the memory. */
const GATHERED_BYTES = { few: 1024 * 1024, many: 256 * 1024 } as const;
const MANY_FILES = 16;
/** After so much the disk is told to go ahead. */
const SYNC_EVERY_BYTES = 16 * 1024 * 1024;

let openFiles = 0;

export interface IncomingOptions {
  /** Whether the file will have to be on the disk in the end. */
  readonly syncsAhead: boolean;
  /** Hears how far the file can be read. Must not throw. */
  readonly onWritten: (upToBytes: number) => void;
}

export class IncomingFile {
  readonly #file: DiskFile;
  readonly #options: IncomingOptions;
  #gathered: Chunks[] = [];
  #gatheredBytes = 0;
  #handedOverBytes = 0;
  #syncedUpToBytes = 0;
  #write: Promise<void> | undefined;
  #sync: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(file: DiskFile, options: IncomingOptions) {
    this.#file = file;
    this.#options = options;
    openFiles += 1;
  }

  /** Takes the bytes; waits when too much is gathered. @throws the failure of an earlier write or sync */
  async add(chunks: Chunks): Promise<void> {
    this.#gathered.push(chunks);
    for (const chunk of chunks) this.#gatheredBytes += chunk.byteLength;
    if (this.#gatheredBytes < WRITE_BYTES) return;
    const limitBytes = openFiles > MANY_FILES ? GATHERED_BYTES.many : GATHERED_BYTES.few;
    if (this.#write !== undefined && this.#gatheredBytes >= limitBytes) await this.#write;
    this.#throwFailure();
    if (this.#write === undefined) this.#handOver();
  }

  /** All that was added is written when this resolves; its size. @throws the failure of any write or sync */
  async end(): Promise<number> {
    await this.#write;
    this.#handOver();
    await this.#settle();
    this.#throwFailure();
    return this.#handedOverBytes;
  }

  /** Waits for what is under way and closes the file. Never fails. */
  async close(): Promise<void> {
    openFiles -= 1;
    await this.#settle();
    await this.#file.close().catch(() => undefined);
  }

  #handOver(): void {
    if (this.#gatheredBytes === 0) return;
    this.#write = this.#tracked(this.#writeAt(this.#gathered, this.#handedOverBytes)).finally(() => {
      this.#write = undefined;
    });
    this.#handedOverBytes += this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (this.#options.syncsAhead) this.#syncAhead();
  }

  async #writeAt(gathered: readonly Chunks[], offsetBytes: number): Promise<void> {
    const upToBytes = offsetBytes + this.#gatheredBytes;
    await this.#file.write(gathered.flat(), offsetBytes);
    for (const chunks of gathered) chunks.free?.();
    this.#options.onWritten(upToBytes);
  }

  /** A sync that fails here is the only one to tell: the next may say yes to what is lost. */
  #syncAhead(): void {
    if (this.#sync !== undefined || this.#handedOverBytes - this.#syncedUpToBytes < SYNC_EVERY_BYTES) return;
    this.#syncedUpToBytes = this.#handedOverBytes;
    this.#sync = this.#tracked(this.#file.sync()).finally(() => {
      this.#sync = undefined;
    });
  }

  async #settle(): Promise<void> {
    await Promise.all([this.#write, this.#sync]);
  }

  /** Never rejects: the first failure is kept for whoever asks next. */
  #tracked(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
