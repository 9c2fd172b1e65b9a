/**
 * One worker thread that hashes a file while this one goes on receiving it, which takes about as long as all the
 * rest of an upload. It is started when there is work for it, and whatever befalls it costs no upload: who asked
 * is told nothing, and hashes the file itself.
 */

import { getCompileCacheDir } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { HASH_THREAD_ANSWER_MS, HASH_THREAD_HEAP_MB, HASH_THREAD_STARTS } from '../limits.ts';
import type { DigestAlgorithm } from '../names.ts';
import type { HashAnswer, HashOrder } from './hash-orders.ts';

/** Where the thread's program is: a file, or its text where the program is bundled into one binary. */
export type HashProgram = URL | { readonly source: string };

/** A file that is being hashed while it is written. */
export interface FollowedFile {
  /** Says that the file can be read up to there. */
  hash(upToBytes: number): void;
  /** The digest of the first `sizeBytes`, or undefined: then the thread couldn't tell, for whatever reason. */
  end(sizeBytes: number): Promise<string | undefined>;
  /** Ends it without an answer; nothing if it has ended. */
  drop(): void;
}

/** The answer to who waits for the end of a file; `undefined` as long as nobody does. */
type Waiting = ((hex: string | undefined) => void) | undefined;

export class HashThread {
  readonly #program: HashProgram;
  readonly #answerMs: number;
  readonly #files = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #startsLeft: number;

  /** @param answerMs how long it may take to answer at the end of a file */
  constructor(
    program: HashProgram = new URL('./hash-worker.ts', import.meta.url),
    answerMs = HASH_THREAD_ANSWER_MS,
  ) {
    this.#program = program;
    this.#answerMs = answerMs;
    // With one processor a thread only takes turns with this one.
    this.#startsLeft = availableParallelism() > 1 ? HASH_THREAD_STARTS : 0;
  }

  /** Has the thread follow a file; undefined when it follows another, or there is no thread to be had. */
  follow(file: string, algorithm: DigestAlgorithm): FollowedFile | undefined {
    if (this.#files.size > 0) return undefined;
    const worker = this.#worker ?? this.#start();
    if (worker === undefined) return undefined;
    this.#lastId += 1;
    const id = this.#lastId;
    const order = (sent: HashOrder): void => {
      if (this.#files.has(id)) worker.postMessage(sent);
    };
    this.#files.set(id, undefined);
    order({ kind: 'open', id, file, algorithm });
    return {
      hash: (upToBytes) => order({ kind: 'hash', id, upToBytes }),
      end: (sizeBytes) => this.#answerTo(id, () => order({ kind: 'end', id, sizeBytes })),
      drop: () => {
        order({ kind: 'drop', id });
        this.#files.delete(id);
      },
    };
  }

  /** Ends the thread. Who waits for it hashes for themselves. */
  async close(): Promise<void> {
    this.#startsLeft = 0;
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#lose(worker);
    await worker.terminate();
  }

  #start(): Worker | undefined {
    if (this.#startsLeft === 0) return undefined;
    this.#startsLeft -= 1;
    const options: WorkerOptions = {
      name: 'hash',
      env: threadEnvironment(),
      resourceLimits: { maxOldGenerationSizeMb: HASH_THREAD_HEAP_MB },
    };
    try {
      const worker =
        this.#program instanceof URL
          ? new Worker(this.#program, options)
          : new Worker(this.#program.source, { ...options, eval: true });
      worker.on('message', ({ id, hex }: HashAnswer) => this.#answer(id, hex));
      worker.on('error', () => this.#lose(worker));
      worker.on('exit', () => this.#lose(worker));
      worker.unref(); // uploads have their connections; the thread alone keeps no process alive
      this.#worker = worker;
      return worker;
    } catch {
      return undefined;
    }
  }

  #answerTo(id: number, ask: () => void): Promise<string | undefined> {
    const worker = this.#worker;
    if (worker === undefined || !this.#files.has(id)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#giveUp(worker), this.#answerMs);
      this.#files.set(id, (hex) => {
        clearTimeout(timer);
        resolve(hex);
      });
      ask();
    });
  }

  #answer(id: number, hex: string | undefined): void {
    const waiting = this.#files.get(id);
    this.#files.delete(id);
    waiting?.(hex);
  }

  #giveUp(worker: Worker): void {
    this.#lose(worker);
    void worker.terminate();
  }

  #lose(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const id of [...this.#files.keys()]) this.#answer(id, undefined);
  }
}

/**
 * The environment may hold secrets, and hashing needs none of it; only the program's own compiled sources, if it keeps
 * any: a thread that has to take the types out of its files loads a compiler of 20 MB for that.
 */
function threadEnvironment(): Readonly<Record<string, string>> {
  const cache = getCompileCacheDir();
  // The folder below it is that of this version of Node, which finds it by itself.
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
}
