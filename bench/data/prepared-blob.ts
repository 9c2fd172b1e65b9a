/**
 * A blob that is ready to be sent: a file that holds the chunked body of its PATCH (RFC 9112, section 7.1) in
 * chunks of 32 KiB, which is what Docker's engine sends. Only the last bytes change from push to push, so each
 * push is of content that the server doesn't have, and its digest costs next to nothing.
 */
import { createHash, type Hash, randomBytes, randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const CHUNK_BYTES = 32 * 1024;
const TAIL_BYTES = 32;
const CHUNK_HEAD = Buffer.from(`${CHUNK_BYTES.toString(16)}\r\n`);
const CHUNK_END = Buffer.from('\r\n');
const BODY_END = Buffer.from('0\r\n\r\n');
const FRAMED_BYTES = CHUNK_HEAD.length + CHUNK_BYTES + CHUNK_END.length;

/** The end of another blob that is the same up to there. */
export interface Tail {
  readonly digest: string;
  /** What follows `headBytes` of the file, framing and all, in base64. */
  readonly end: string;
}

export class PreparedBlob {
  readonly file: string;
  readonly sizeBytes: number;
  /** The size of the file, framing and all. */
  readonly fileBytes: number;
  #digest = '';
  readonly #hash: Hash;

  /** Writes the file. @param sizeBytes a multiple of 32 KiB */
  constructor(file: string, sizeBytes: number) {
    if (sizeBytes % CHUNK_BYTES !== 0) throw new RangeError(`${sizeBytes} is no multiple of ${CHUNK_BYTES}`);
    this.file = file;
    this.sizeBytes = sizeBytes;
    this.fileBytes = (sizeBytes / CHUNK_BYTES) * FRAMED_BYTES + BODY_END.length;
    this.#hash = createHash('sha256');
    this.#write();
    this.renew();
  }

  get digest(): string {
    return this.#digest;
  }

  /** Makes it another blob of the same size. */
  renew(): void {
    const tail = randomBytes(TAIL_BYTES);
    const file = openSync(this.file, 'r+');
    writeSync(file, tail, 0, TAIL_BYTES, this.headBytes);
    closeSync(file);
    this.#digest = this.#digestWith(tail);
  }

  /** How much of the file is the same in every blob. */
  get headBytes(): number {
    return this.fileBytes - BODY_END.length - CHUNK_END.length - TAIL_BYTES;
  }

  /** Another blob of the same size; the file stays as it is. */
  drawTail(): Tail {
    const tail = randomBytes(TAIL_BYTES);
    const end = Buffer.concat([tail, CHUNK_END, BODY_END]).toString('base64');
    return { digest: this.#digestWith(tail), end };
  }

  /** The content without its framing. */
  *content(): Generator<Buffer> {
    const file = openSync(this.file, 'r');
    try {
      for (let offset = CHUNK_HEAD.length; offset + CHUNK_BYTES < this.fileBytes; offset += FRAMED_BYTES) {
        const chunk = Buffer.alloc(CHUNK_BYTES);
        readSync(file, chunk, 0, CHUNK_BYTES, offset);
        yield chunk;
      }
    } finally {
      closeSync(file);
    }
  }

  /** Writes the content without its framing. */
  copyContentTo(target: string): void {
    const to = openSync(target, 'w');
    for (const chunk of this.content()) writeSync(to, chunk);
    closeSync(to);
  }

  #digestWith(tail: Buffer): string {
    return `sha256:${this.#hash.copy().update(tail).digest('hex')}`;
  }

  #write(): void {
    const file = openSync(this.file, 'w', 0o600);
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let written = 0; written < this.sizeBytes; written += CHUNK_BYTES) {
      randomFillSync(chunk);
      const isLast = written + CHUNK_BYTES === this.sizeBytes;
      this.#hash.update(isLast ? chunk.subarray(0, CHUNK_BYTES - TAIL_BYTES) : chunk);
      for (const part of [CHUNK_HEAD, chunk, CHUNK_END]) writeSync(file, part);
    }
    writeSync(file, BODY_END);
    closeSync(file);
  }
}
