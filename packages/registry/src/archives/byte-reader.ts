/** Reads a source in pieces of one's own choice, without copying what passes. It knows no format. */

import type { ByteSource, Chunks } from '../chunks.ts';

/** The source ended in the middle of a piece. */
export class EndedEarly extends Error {}

export class ByteReader {
  readonly #source: AsyncIterator<Chunks> | Iterator<Chunks>;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isAtEnd = false;
  #takenBytes = 0;

  constructor(source: ByteSource) {
    this.#source =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** How many bytes were taken so far. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** The next bytes, which stay where they are: `count`, or as many as there are. Copies: for a few. */
  async peek(count: number): Promise<Buffer> {
    await this.#fill(count);
    return Buffer.concat(this.#waiting).subarray(0, count);
  }

  /** The next `count` bytes; undefined at the end. Copies: for a few. @throws EndedEarly */
  async take(count: number): Promise<Buffer | undefined> {
    await this.#fill(count);
    if (this.#waitingBytes === 0) return undefined;
    if (this.#waitingBytes < count) throw new EndedEarly();
    return Buffer.concat(this.#cut(count), count);
  }

  /** The next `count` bytes, as they come. @throws EndedEarly */
  async *pass(count: number): AsyncGenerator<Chunks> {
    for (let left = count; left > 0; ) {
      await this.#fill(1);
      if (this.#waitingBytes === 0) throw new EndedEarly();
      const size = Math.min(left, this.#waitingBytes);
      left -= size;
      yield this.#cut(size);
    }
  }

  /** Everything up to the end, as it comes. */
  async *rest(): AsyncGenerator<Chunks> {
    for (;;) {
      await this.#fill(1);
      if (this.#waitingBytes === 0) return;
      yield this.#cut(this.#waitingBytes);
    }
  }

  /** Tells the source that nobody reads on. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(count: number): Promise<void> {
    while (this.#waitingBytes < count && !this.#isAtEnd) {
      const next = await this.#source.next();
      if (next.done === true) {
        this.#isAtEnd = true;
        return;
      }
      for (const chunk of next.value) {
        this.#waiting.push(chunk);
        this.#waitingBytes += chunk.byteLength;
      }
    }
  }

  /** Takes `count` of the bytes that wait, which are as many at least. */
  #cut(count: number): Uint8Array[] {
    const cut: Uint8Array[] = [];
    let left = count;
    while (left > 0) {
      const chunk = this.#waiting[0];
      if (chunk === undefined) break;
      if (chunk.byteLength > left) {
        cut.push(chunk.subarray(0, left));
        this.#waiting[0] = chunk.subarray(left);
        break;
      }
      cut.push(chunk);
      left -= chunk.byteLength;
      this.#waiting.shift();
    }
    this.#waitingBytes -= count;
    this.#takenBytes += count;
    return cut;
  }
}
