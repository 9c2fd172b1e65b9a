// One worker process from its start to its end, as the primary sees it.

import cluster, { type Worker } from 'node:cluster';
import { StartError } from '../errors.ts';
import type { WrongProtocol } from '../http/wrong-protocol.ts';
import { writeOut } from '../log/stdout.ts';
import type { Settings } from '../serving/settings.ts';
import type { Share } from '../serving/share.ts';
import type { CountedAttempts } from './counted-attempts.ts';
import { parseToPrimary, type ToPrimary, type ToWorker } from './messages.ts';
import { passLinesOn } from './whole-lines.ts';

export interface Work {
  readonly settings: Settings;
  readonly share: Share;
  readonly attempts: CountedAttempts;
  readonly tellOfWrongProtocol: (what: WrongProtocol) => void;
}

export interface End {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export class Life {
  /** Where it listens. Rejects with a StartError if it ends before. */
  readonly listening: Promise<string>;
  /** Resolves when it lets nobody new in, or has ended. */
  readonly closed: Promise<void>;
  /** Resolves when the process is gone and all that it wrote is read. */
  readonly ended: Promise<End>;
  /** Undefined until it is known what this worker is to do. */
  #work: Work | undefined;
  readonly #toDo: Promise<Work>;
  readonly #worker: Worker;
  readonly #startedMs = performance.now();
  readonly #listening = Promise.withResolvers<string>();
  readonly #closed = Promise.withResolvers<void>();
  #unheard: ToWorker[] | undefined = [];
  #failure: readonly string[] | undefined;

  /** @param work may become known later: the process is begun now, and loads what it needs meanwhile */
  constructor(work: Work | Promise<Work>) {
    this.#toDo = Promise.resolve(work);
    this.#worker = cluster.fork();
    this.listening = this.#listening.promise;
    this.closed = this.#closed.promise;
    this.listening.catch(() => undefined); // whoever waits for it hears of it
    const { promise: ended, resolve } = Promise.withResolvers<End>();
    this.ended = ended;
    const { process: child } = this.#worker;
    if (child.stdout !== null) passLinesOn(child.stdout, writeOut);
    this.#worker.on('message', (value: unknown) => this.#hear(parseToPrimary(value)));
    this.#worker.on('error', () => undefined); // that it can't be started or told anything shows in its end
    child.on('close', (exitCode, signal) => {
      this.#over({ exitCode, signal });
      resolve({ exitCode, signal });
    });
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get livedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** What is said before the worker hears anything, it hears first. */
  tell(message: ToWorker): void {
    if (this.#unheard !== undefined) this.#unheard.push(message);
    else if (this.#worker.isConnected()) this.#worker.send(message, () => undefined);
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  #hear(message: ToPrimary | undefined): void {
    switch (message?.kind) {
      case undefined:
        return;
      case 'hello':
        void this.#begin();
        return;
      case 'listening':
        this.#listening.resolve(message.url);
        return;
      case 'failed':
        this.#failure = message.lines;
        return;
      case 'closed':
        this.#closed.resolve();
        return;
      case 'admit':
        void this.#work?.attempts.admit(message).then((admission) => this.tell(admission));
        return;
      case 'tried':
        this.#work?.attempts.tried(message);
        return;
      case 'wrong-protocol':
        this.#work?.tellOfWrongProtocol(message.what);
        return;
      default:
        message satisfies never;
    }
  }

  async #begin(): Promise<void> {
    const unheard = this.#unheard ?? [];
    this.#unheard = undefined;
    for (const message of unheard) this.tell(message);
    this.#work = await this.#toDo;
    const { settings, share } = this.#work;
    this.tell({ kind: 'serve', settings, share });
  }

  #over({ exitCode, signal }: End): void {
    this.#work?.attempts.forget();
    this.#closed.resolve();
    const how = signal === null ? `exit code ${exitCode}` : signal;
    const lines = this.#failure ?? `a worker process ended before it listened (${how})`;
    this.#listening.reject(new StartError(lines));
  }
}
