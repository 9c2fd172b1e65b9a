/**
 * Quick reads that ask the disk once for all who want to know the same at the same time.
 *
 * What was read counts until the turn of the event loop ends (or a millisecond has gone by, as a turn with more
 * than a thousand connections to serve may go back for more). Whoever is answered in that turn had asked before
 * it began, and so before the disk was asked: nobody gets an answer that is older than his question. Whoever
 * changes something and looks at it again must not look through here.
 */

import type { StorePath } from '../store/layout.ts';
import type { QuickReads } from './driver.ts';

const TURN_MS = 1;

/** `reads`, shared by those who ask in one turn; listings are not. @param nowMs a clock that never jumps */
export function turnReads(reads: QuickReads, nowMs = () => performance.now()): QuickReads {
  const stats = new Turn(reads.stat, nowMs);
  const files = new Turn(reads.readWhole, nowMs);
  return {
    stat: (path) => stats.ask(path, undefined),
    readWhole: (path, limitBytes) => files.ask(path, limitBytes),
    list: reads.list,
  };
}

class Turn<Argument, Value extends object | string> {
  readonly #ask: (path: StorePath, argument: Argument) => Value | undefined;
  readonly #nowMs: () => number;
  readonly #known = new Map<StorePath, Value>();
  #endsMs = 0;

  constructor(ask: (path: StorePath, argument: Argument) => Value | undefined, nowMs: () => number) {
    this.#ask = ask;
    this.#nowMs = nowMs;
  }

  ask(path: StorePath, argument: Argument): Value | undefined {
    if (this.#known.size > 0) {
      if (this.#nowMs() > this.#endsMs) this.#known.clear();
      const known = this.#known.get(path);
      if (known !== undefined) return known;
    }
    const value = this.#ask(path, argument);
    if (value === undefined) return undefined;
    if (this.#known.size === 0) {
      this.#endsMs = this.#nowMs() + TURN_MS;
      setImmediate(() => this.#known.clear());
    }
    this.#known.set(path, value);
    return value;
  }
}
