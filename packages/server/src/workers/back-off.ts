// How long to wait before a worker that died is replaced. Pure.

import { serverLimits } from '../limits.ts';

export class BackOff {
  #deathsAtOnce = 0;

  /**
   * Milliseconds until the next one may start. None after a life that was long enough, nor after the first short one;
   * each further short one doubles the wait.
   */
  waitMs(livedMs: number): number {
    const { youngWorkerMs, firstReplacementWaitMs, lastReplacementWaitMs } = serverLimits;
    this.#deathsAtOnce = livedMs < youngWorkerMs ? this.#deathsAtOnce + 1 : 0;
    if (this.#deathsAtOnce < 2) return 0;
    return Math.min(lastReplacementWaitMs, firstReplacementWaitMs * 2 ** (this.#deathsAtOnce - 2));
  }
}
