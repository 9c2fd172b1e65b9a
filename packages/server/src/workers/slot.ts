// The place of one worker: whoever dies in it is replaced, until it is closed.

import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from '../errors.ts';
import type { Log } from '../log/log.ts';
import { BackOff } from './back-off.ts';
import type { Life } from './life.ts';

export class Slot {
  readonly #begin: () => Life;
  readonly #log: Log;
  readonly #closing = new AbortController();
  #life: Life;

  constructor(begin: () => Life, log: Log) {
    this.#begin = begin;
    this.#log = log;
    this.#life = begin();
  }

  /** The worker that is in it now, or was last. */
  get life(): Life {
    return this.#life;
  }

  /** From now on nobody is replaced. */
  close(): void {
    this.#closing.abort();
  }

  /** Replaces whoever dies. Resolves when the slot is closed and the last one has ended. */
  async keep(): Promise<void> {
    const backOff = new BackOff();
    this.#tellOf(this.#life, ({ pid }) => this.#log.debug('a worker serves', { pid }));
    for (;;) {
      const { exitCode, signal } = await this.#life.ended;
      if (this.#closing.signal.aborted) return;
      const { pid, livedMs } = this.#life;
      const waitMs = backOff.waitMs(livedMs);
      this.#log.error('a worker ended unasked; another takes its place', {
        pid,
        ...(signal === null ? { exitCode: exitCode ?? undefined } : { signal }),
        ...(waitMs > 0 && { waitMs }),
      });
      await wait(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      if (this.#closing.signal.aborted) return;
      this.#life = this.#begin();
      this.#tellOf(this.#life, ({ pid }) => this.#log.info('a worker took its place', { pid }));
    }
  }

  #tellOf(life: Life, thatItServes: (life: Life) => void): void {
    life.listening.then(
      () => thatItServes(life),
      (error: unknown) => {
        const lines = error instanceof StartError ? error.lines : [String(error)];
        if (!this.#closing.signal.aborted) for (const line of lines) this.#log.error(line);
      },
    );
  }
}
