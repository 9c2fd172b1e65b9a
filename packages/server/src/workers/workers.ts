// The workers of a primary: the first takes connections as soon as it can, each is replaced when it dies, and all are
// stopped together. Connections are taken by the primary and handed to the workers in turn, those that are free first:
// where all accept by themselves, a few long ones, as pushes are, may all end up at one.

import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { WrongPasswords } from '@berth/auth';
import type { KeyPair } from '../http/tls.ts';
import { wrongProtocolLog } from '../http/wrong-protocol.ts';
import { serverLimits } from '../limits.ts';
import type { Log } from '../log/log.ts';
import type { Settings } from '../serving/settings.ts';
import { shareOf } from '../serving/share.ts';
import { CountedAttempts } from './counted-attempts.ts';
import { firstWorker, setUpWorkers } from './first-worker.ts';
import { Life, type Work } from './life.ts';
import { Slot } from './slot.ts';

/** What a worker that is started now gets. */
interface InForce {
  settings: Settings;
}

export class Workers {
  /** Where they listen. */
  readonly url: string;
  readonly #slots: readonly Slot[];
  readonly #inForce: InForce;
  readonly #ended: Promise<unknown>;
  readonly #log: Log;

  /**
   * Resolves when the first of them listens; the others come as soon as they can.
   * @throws StartError where it can't
   */
  static async start(settings: Settings, log: Log): Promise<Workers> {
    setUpWorkers();
    const { workers: count } = settings.options;
    const counter = new WrongPasswords(Date.now);
    const tellOfWrongProtocol = wrongProtocolLog(log);
    const inForce: InForce = { settings };
    const workOf = (index: number): Work => {
      const share = shareOf(index, count, availableParallelism());
      return { ...inForce, share, attempts: new CountedAttempts(counter), tellOfWrongProtocol };
    };
    const first = new Slot(() => firstWorker(workOf(0)), log);
    const url = await first.life.listening.catch(async (error: unknown) => {
      first.life.kill();
      await first.life.ended;
      throw error;
    });
    const others = Array.from(
      { length: count - 1 },
      (_, index) => new Slot(() => new Life(workOf(index + 1)), log),
    );
    return new Workers(url, [first, ...others], inForce, log);
  }

  private constructor(url: string, slots: readonly Slot[], inForce: InForce, log: Log) {
    this.url = url;
    this.#inForce = inForce;
    this.#slots = slots;
    this.#log = log;
    this.#ended = Promise.all(slots.map((slot) => slot.keep()));
  }

  /** The next handshake gets this pair, in every worker and in those that will take their places. */
  renew(pair: KeyPair): void {
    const { settings } = this.#inForce;
    if (settings.tls === undefined) return;
    this.#inForce.settings = { ...settings, tls: { ...settings.tls, ...pair } };
    for (const { life } of this.#slots) life.tell({ kind: 'certificate', pair });
  }

  /** What handshakes get that ask for `acme-tls/1`, whichever worker they come to. */
  challenge(host: string, pair: KeyPair | undefined): void {
    for (const { life } of this.#slots) life.tell({ kind: 'challenge', host, pair });
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
