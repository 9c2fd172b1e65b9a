// The workers of a primary: started together, each replaced when it dies, and stopped together. Connections are taken by
// the primary and handed to the workers in turn, those that are free first: where all accept by themselves, a few long
// ones, as pushes are, may all end up at one.

import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WrongPasswords } from '@berth/auth';
import { wrongProtocolLog } from '../http/wrong-protocol.ts';
import { serverLimits } from '../limits.ts';
import type { Log } from '../log/log.ts';
import type { Settings } from '../serving/settings.ts';
import { shareOf } from '../serving/share.ts';
import { CountedAttempts } from './counted-attempts.ts';
import { Life } from './life.ts';
import { Slot } from './slot.ts';

// In the binary there is no such file: it takes the name for an argument, and a worker reads none.
const program = fileURLToPath(new URL('../main.js', import.meta.url));

export class Workers {
  /** Where they listen. */
  readonly url: string;
  readonly #slots: readonly Slot[];
  readonly #ended: Promise<unknown>;
  readonly #log: Log;

  /** Resolves when all of them listen; when one of them can't, none is left. @throws StartError */
  static async start(settings: Settings, log: Log): Promise<Workers> {
    setUp();
    const { workers: count } = settings.options;
    const counter = new WrongPasswords(Date.now);
    const tellOfWrongProtocol = wrongProtocolLog(log);
    const slots = Array.from({ length: count }, (_, index) => {
      const share = shareOf(index, count, availableParallelism());
      const begin = () =>
        new Life({ settings, share, attempts: new CountedAttempts(counter), tellOfWrongProtocol });
      return new Slot(begin, log);
    });
    try {
      const [url = ''] = await Promise.all(slots.map(({ life }) => life.listening));
      for (const { life } of slots) log.debug('a worker serves', { pid: life.pid });
      return new Workers(url, slots, log);
    } catch (error) {
      for (const { life } of slots) life.kill();
      await Promise.all(slots.map(({ life }) => life.ended));
      throw error;
    }
  }

  private constructor(url: string, slots: readonly Slot[], log: Log) {
    this.url = url;
    this.#slots = slots;
    this.#log = log;
    this.#ended = Promise.all(slots.map((slot) => slot.keep()));
  }

  /** Lets nobody new in. Resolves when that is so, or when workers are too busy to hear of it for a while. */
  async closeListeners(timeoutMs: number): Promise<void> {
    for (const slot of this.#slots) {
      slot.close();
      slot.life.tell({ kind: 'drain', timeoutMs });
    }
    const closed = Promise.all(this.#slots.map(({ life }) => life.closed));
    await orAfter(serverLimits.stopListeningWaitMs, closed);
  }

  /** Waits for the end of workers that were told to close; one that takes longer than it may is killed. */
  async drain(timeoutMs: number): Promise<void> {
    await this.#endWithin(timeoutMs + serverLimits.workerEndWaitMs);
  }

  async endAtOnce(): Promise<void> {
    for (const slot of this.#slots) {
      slot.close();
      slot.life.tell({ kind: 'end' });
    }
    await this.#endWithin(serverLimits.workerEndWaitMs);
  }

  async #endWithin(limitMs: number): Promise<void> {
    if (await orAfter(limitMs, this.#ended)) return;
    for (const { life } of this.#slots) life.kill();
    this.#log.warn('workers were killed: they did not end', { withinMs: limitMs });
    await this.#ended;
  }
}

function setUp(): void {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    exec: program,
    args: process.argv.slice(2),
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

/** Whether `work` ended within `limitMs`. */
async function orAfter(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  const ended = work.then(() => true);
  const late = wait(limitMs, false, { signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([ended, late]);
  } finally {
    over.abort();
  }
}
