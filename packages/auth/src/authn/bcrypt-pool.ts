// A few worker threads for bcrypt and the queue before them. Knows nothing of accounts.
import { getCompileCacheDir } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { BCRYPT_QUEUE_LENGTH, BCRYPT_THREAD_HEAP_MB, BCRYPT_THREADS, BCRYPT_TIMEOUT_MS } from '../limits.ts';
import type { BcryptJob } from './bcrypt-job.ts';

/** Where the worker's program is: a file, or its text where the program is bundled into one binary. */
export type WorkerProgram = URL | { readonly source: string };

export type BcryptAnswer = 'right' | 'wrong' | 'busy';

interface Waiting {
  readonly job: BcryptJob;
  readonly resolve: (answer: BcryptAnswer) => void;
  readonly reject: (error: Error) => void;
}

export interface BcryptPoolOptions {
  /** The file beside this one if left out. */
  readonly program?: WorkerProgram | undefined;
  /** At most so many; all CPUs but one if left out. Never more than BCRYPT_THREADS. */
  readonly threads?: number | undefined;
}

export class BcryptPool {
  readonly #program: WorkerProgram;
  readonly #size: number;
  readonly #idle = new Set<Worker>();
  readonly #working = new Map<Worker, { readonly waiting: Waiting; readonly timer: NodeJS.Timeout }>();
  readonly #queue: Waiting[] = [];
  #closed = false;

  constructor({ program, threads = availableParallelism() - 1 }: BcryptPoolOptions = {}) {
    this.#program = program ?? new URL('./bcrypt-worker.ts', import.meta.url);
    this.#size = Math.max(1, Math.min(BCRYPT_THREADS, threads));
  }

  /** Runs one check; 'busy' when the queue is full. Rejects when the pool is closed or the thread dies. */
  check(job: BcryptJob): Promise<BcryptAnswer> {
    if (this.#closed) return Promise.reject(new Error('the password check is closed'));
    if (this.#queue.length >= BCRYPT_QUEUE_LENGTH) return Promise.resolve('busy');
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#next();
    });
  }

  /** Ends the threads; checks that wait or run are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new Error('the password check was closed'));
    await Promise.all([...this.#idle, ...this.#working.keys()].map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#closed || this.#queue.length === 0) return;
    const [idle] = this.#idle;
    const worker = idle ?? (this.#working.size < this.#size ? this.#start() : undefined);
    const waiting = worker === undefined ? undefined : this.#queue.shift();
    if (worker !== undefined && waiting !== undefined) this.#run(worker, waiting);
  }

  #start(): Worker {
    const options: WorkerOptions = {
      name: 'bcrypt',
      env: threadEnvironment(),
      resourceLimits: { maxOldGenerationSizeMb: BCRYPT_THREAD_HEAP_MB },
    };
    const worker =
      this.#program instanceof URL
        ? new Worker(this.#program, options)
        : new Worker(this.#program.source, { ...options, eval: true });
    worker.on('message', (right: boolean) => this.#finish(worker, right ? 'right' : 'wrong'));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, new Error('a bcrypt thread ended')));
    return worker;
  }

  #run(worker: Worker, waiting: Waiting): void {
    const giveUp = () => this.#lose(worker, new Error('a bcrypt check took too long'));
    this.#idle.delete(worker);
    this.#working.set(worker, { waiting, timer: setTimeout(giveUp, BCRYPT_TIMEOUT_MS) });
    worker.ref();
    worker.postMessage(waiting.job);
  }

  #finish(worker: Worker, answer: BcryptAnswer): void {
    const running = this.#working.get(worker);
    if (running === undefined) return;
    clearTimeout(running.timer);
    this.#working.delete(worker);
    worker.unref(); // an idle thread keeps no process alive
    this.#idle.add(worker);
    running.waiting.resolve(answer);
    this.#next();
  }

  #lose(worker: Worker, error: unknown): void {
    const running = this.#working.get(worker);
    this.#idle.delete(worker);
    this.#working.delete(worker);
    void worker.terminate();
    if (running === undefined) return;
    clearTimeout(running.timer);
    running.waiting.reject(new Error('a bcrypt check failed', { cause: error }));
    this.#next();
  }
}

/**
 * The environment may hold secrets, and bcrypt needs none of it; only the program's own compiled sources, if it keeps
 * any: a thread that has to take the types out of its one file loads a compiler of 20 MB for that.
 */
function threadEnvironment(): Readonly<Record<string, string>> {
  const cache = getCompileCacheDir();
  // The folder below it is that of this version of Node, which finds it by itself.
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
}
