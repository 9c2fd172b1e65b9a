/**
 * The chunks of a request as they come, gathered while whoever reads them is busy and given away together: a
 * promise for each chunk, at every station that a body passes, costs more than moving its bytes does.
 */

import type { IncomingMessage } from 'node:http';
import type { Chunks } from './chunks.ts';

/** Given away as soon as so much has come; more than that isn't gathered. */
const BATCH_BYTES = 256 * 1024;

export class GatheredBody {
  readonly #request: IncomingMessage;
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #end: { readonly error: unknown } | undefined;
  /** There while somebody waits. */
  #wake: (() => void) | undefined;
  #isToWakeSoon = false;

  constructor(request: IncomingMessage) {
    this.#request = request;
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.on('error', this.#onError);
    request.on('close', this.#onClose);
    if (request.destroyed) this.#onClose();
  }

  /** What has come since the last time; waits if that is nothing. Undefined at the end. @throws why it ended early */
  async next(): Promise<Chunks | undefined> {
    if (this.#chunks.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#chunks.length > 0) return this.#takeAll();
    if (this.#end?.error !== undefined) throw this.#end.error;
    return undefined;
  }

  /**
   * Leaves the request whole, also in the middle of its body: its answer goes over the same connection. What still
   * comes is thrown away, until somebody else listens.
   */
  release(): void {
    this.#request.off('data', this.#onData);
    this.#request.off('end', this.#onEnd);
    this.#request.off('error', this.#onError);
    this.#request.off('close', this.#onClose);
    this.#request.resume();
  }

  #takeAll(): Chunks {
    const chunks: Chunks = Object.assign(this.#chunks, { free: freeAll });
    this.#chunks = [];
    this.#sizeBytes = 0;
    if (this.#request.isPaused()) this.#request.resume();
    return chunks;
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.byteLength;
    const isEnough = this.#sizeBytes >= BATCH_BYTES;
    if (this.#wake === undefined) {
      if (isEnough) this.#request.pause();
    } else if (isEnough) this.#wakeNow();
    else this.#wakeSoon();
  };

  readonly #onEnd = (): void => this.#endWith(undefined);

  readonly #onError = (error: unknown): void => this.#endWith(error);

  readonly #onClose = (): void => this.#endWith(new Error('the connection was closed'));

  #endWith(error: unknown): void {
    this.#end ??= { error };
    this.#wakeNow();
  }

  #wakeNow(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Once all that the socket has at this moment has been read. */
  #wakeSoon(): void {
    if (this.#isToWakeSoon) return;
    this.#isToWakeSoon = true;
    setImmediate(() => {
      this.#isToWakeSoon = false;
      if (this.#chunks.length > 0) this.#wakeNow();
    });
  }
}

/**
 * The parser copies each chunk into memory of its own. Left to the garbage collector, a quarter of a gigabyte a
 * second of it costs more time than the upload itself, and room.
 */
function freeAll(this: Chunks): void {
  for (const { buffer, byteLength } of this) {
    if (byteLength === buffer.byteLength && 'transfer' in buffer) buffer.transfer(0);
  }
}
