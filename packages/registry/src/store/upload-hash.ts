/**
 * The digest of what is being staged: computed on the way of the bytes to the driver, or, of a large upload that
 * comes alone, by a thread of its own out of the file. Several at once are hashed on their way: a thread costs a
 * second pass over the bytes, and more processors are used by more processes.
 */

import { createHash } from 'node:crypto';
import type { ByteSource, Chunks } from '../chunks.ts';
import type { Driver, Staged } from '../drivers/driver.ts';
import { type Digest, type DigestAlgorithm, digestOf } from '../names.ts';
import type { FollowedFile, HashThread } from './hash-thread.ts';
import { digestOfSource } from './hashing.ts';

export interface StagedWithDigest {
  readonly staged: Staged;
  readonly actual: Digest;
}

/** Below this, waking a thread costs more than it saves. */
const THREAD_FROM_BYTES = 1024 * 1024;

export class UploadHashes {
  readonly #thread: HashThread;
  #uploads = 0;

  constructor(thread: HashThread) {
    this.#thread = thread;
  }

  /** Stages what `source` gives, and its digest. @throws whatever the driver or the source does */
  async stage(driver: Driver, source: ByteSource, algorithm: DigestAlgorithm): Promise<StagedWithDigest> {
    const hash = createHash(algorithm);
    let isDecided = false;
    let followed: FollowedFile | undefined;
    async function* passing(): AsyncIterable<Chunks> {
      for await (const chunks of source) {
        if (followed === undefined) for (const chunk of chunks) hash.update(chunk);
        yield chunks;
      }
    }
    this.#uploads += 1;
    try {
      const staged = await driver.stage(passing(), (file, upToBytes) => {
        if (!isDecided && upToBytes >= THREAD_FROM_BYTES) {
          isDecided = true;
          if (this.#uploads === 1) followed = this.#thread.follow(file, algorithm);
        }
        followed?.hash(upToBytes);
      });
      if (followed === undefined) return { staged, actual: digestOf(algorithm, hash.digest('hex')) };
      return { staged, actual: await digestOfFollowed(driver, staged, followed, algorithm) };
    } finally {
      this.#uploads -= 1;
      followed?.drop();
    }
  }
}

async function digestOfFollowed(
  driver: Driver,
  staged: Staged,
  followed: FollowedFile,
  algorithm: DigestAlgorithm,
): Promise<Digest> {
  const hex = await followed.end(staged.sizeBytes);
  return hex === undefined ? digestOfStaged(driver, staged, algorithm) : digestOf(algorithm, hex);
}

/** Of what is staged already; where it can't be read, it is thrown away. @throws DriverError */
export async function digestOfStaged(
  driver: Driver,
  staged: Staged,
  algorithm: DigestAlgorithm,
): Promise<Digest> {
  try {
    return await digestOfSource(driver.readStaged(staged), algorithm);
  } catch (error) {
    await driver.discard(staged);
    throw error;
  }
}
