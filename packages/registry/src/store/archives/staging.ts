/**
 * What came and isn't anybody's yet: kept out of sight until all of it was looked at. Then it becomes blobs, or it is
 * thrown away. What a process that died leaves here is swept as any upload's.
 */

import type { ByteSource, Chunks } from '../../chunks.ts';
import type { Staged } from '../../drivers/driver.ts';
import { refuse } from '../../errors.ts';
import type { Digest, DigestAlgorithm, RepositoryName } from '../../names.ts';
import { placeBlob } from '../blobs.ts';
import type { StoreContext } from '../context.ts';

export interface StagedFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Its first bytes, which tell what it is. */
  readonly beginning: Buffer;
}

const BEGINNING_BYTES = 8;

export class Staging {
  readonly #store: StoreContext;
  readonly #held = new Map<StagedFile, Staged>();

  constructor(store: StoreContext) {
    this.#store = store;
  }

  /** Takes all of the source. @throws whatever the source or the driver does */
  async add(source: ByteSource, algorithm: DigestAlgorithm = 'sha256'): Promise<StagedFile> {
    let beginning = Buffer.alloc(0);
    async function* passing(): AsyncGenerator<Chunks> {
      for await (const chunks of source) {
        if (beginning.byteLength < BEGINNING_BYTES) {
          // A copy: a part of a chunk would keep all of it.
          beginning = Buffer.concat([
            beginning,
            ...chunks.map((chunk) => chunk.subarray(0, BEGINNING_BYTES)),
          ]);
        }
        yield chunks;
      }
    }
    const { driver, uploadHashes } = this.#store;
    const { staged, actual } = await uploadHashes.stage(driver, passing(), algorithm);
    const file = {
      digest: actual,
      sizeBytes: staged.sizeBytes,
      beginning: beginning.subarray(0, BEGINNING_BYTES),
    };
    this.#held.set(file, staged);
    return file;
  }

  /** The bytes, as they come from the start. */
  bytes(file: StagedFile): AsyncIterable<Chunks> {
    return this.#store.driver.readStaged(this.#stagedOf(file));
  }

  /** All of a small one. @param what names it to people @throws RegistryError MANIFEST_INVALID (413) */
  async read(file: StagedFile, what: string): Promise<Buffer> {
    const limitBytes = this.#store.limits.manifestBytes;
    if (file.sizeBytes > limitBytes) throw tooLarge(what, file.sizeBytes, limitBytes);
    const chunks: Uint8Array[] = [];
    for await (const some of this.bytes(file)) chunks.push(...some);
    return Buffer.concat(chunks);
  }

  /** Makes it a blob of the repository. Durable. */
  async place(name: RepositoryName, file: StagedFile): Promise<void> {
    const staged = this.#stagedOf(file);
    this.#held.delete(file);
    await placeBlob(this.#store, name, file.digest, staged);
  }

  async discard(file: StagedFile): Promise<void> {
    const staged = this.#held.get(file);
    this.#held.delete(file);
    if (staged !== undefined) await this.#store.driver.discard(staged);
  }

  /** Throws away what was not placed. */
  async close(): Promise<void> {
    for (const file of [...this.#held.keys()]) await this.discard(file);
  }

  #stagedOf(file: StagedFile): Staged {
    const staged = this.#held.get(file);
    if (staged === undefined) throw new TypeError(`${file.digest.text} is no longer held`);
    return staged;
  }
}

/** @param what names it to people: `index.json` */
export function tooLarge(what: string, sizeBytes: number, limitBytes: number): Error {
  return refuse('MANIFEST_INVALID', {
    status: 413,
    message: `${what} has ${sizeBytes} bytes; allowed: ${limitBytes}`,
    detail: { limitBytes },
  });
}
