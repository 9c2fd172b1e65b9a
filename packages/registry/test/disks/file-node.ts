/**
 * A file of the simulated disk: what a reader sees now, and what of it a power cut leaves.
 *
 * What was synced stays. Of the rest, anything may be there: nothing, all, a beginning, some pages of it, or zeros
 * in its place, since size and content reach a disk on their own.
 */

import type { Random } from './random.ts';

const PAGE_BYTES = 4096;
const NOTHING = Buffer.alloc(0);

export class FileNode {
  readonly kind = 'file';
  readonly identity: bigint;
  modifiedAtNs: bigint;
  #bytes: Buffer;
  #synced: Buffer;
  #isLost = false;

  /** @param bytes content that is on the disk already */
  constructor(identity: bigint, modifiedAtNs: bigint, bytes: Buffer = NOTHING) {
    this.identity = identity;
    this.modifiedAtNs = modifiedAtNs;
    this.#bytes = bytes;
    this.#synced = bytes;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Buffers that were given away before are never changed. */
  write(chunk: Uint8Array, offsetBytes: number): void {
    const sizeBytes = Math.max(this.#bytes.byteLength, offsetBytes + chunk.byteLength);
    const bytes = Buffer.alloc(sizeBytes);
    bytes.set(this.#bytes, 0);
    bytes.set(chunk, offsetBytes);
    this.#bytes = bytes;
  }

  sync(): void {
    if (!this.#isLost) this.#synced = this.#bytes;
  }

  /**
   * A sync that failed. As Linux does it, the pages count as written from now on: they can be read for as long as
   * the power lasts, and a later sync says yes without writing them.
   */
  failSync(): void {
    if (this.#bytes !== this.#synced) this.#isLost = true;
  }

  /** What is there after a power cut. */
  survivor(random: Random): Buffer {
    if (this.#bytes === this.#synced) return this.#bytes;
    const draws: readonly [() => Buffer, ...(() => Buffer)[]] = [
      () => this.#synced,
      () => this.#mixed(this.#bytes.byteLength, () => false),
      () => this.#shortened(random),
      () => this.#tornAt(random.below(this.#bytes.byteLength + 1)),
      () => this.#pages(random),
      () => this.#bytes,
    ];
    const drawn = random.pick(draws)();
    return this.#isLost && drawn.equals(this.#bytes) ? this.#synced : drawn;
  }

  #shortened(random: Random): Buffer {
    const sizeBytes = random.below(this.#bytes.byteLength + 1);
    return this.#mixed(Math.max(sizeBytes, this.#synced.byteLength), () => true);
  }

  #tornAt(offsetBytes: number): Buffer {
    return this.#mixed(this.#bytes.byteLength, (at) => at < offsetBytes);
  }

  #pages(random: Random): Buffer {
    const pageCount = Math.ceil(this.#bytes.byteLength / PAGE_BYTES);
    const kept = Array.from({ length: pageCount }, () => random.chance(0.5));
    return this.#mixed(this.#bytes.byteLength, (at) => kept[Math.floor(at / PAGE_BYTES)] ?? false);
  }

  /** `sizeBytes` of the new content where `isKept`, of the old (or zeros) elsewhere. */
  #mixed(sizeBytes: number, isKept: (at: number) => boolean): Buffer {
    const mixed = Buffer.alloc(sizeBytes);
    for (let at = 0; at < sizeBytes; at += 1) {
      mixed[at] = (isKept(at) ? this.#bytes[at] : this.#synced[at]) ?? 0;
    }
    return mixed;
  }
}
