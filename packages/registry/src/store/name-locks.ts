/**
 * One after the other for whatever has the same name, within this process.
 *
 * Only what compares and then changes needs it (a delete that removes the tags pointing to its manifest); two
 * processes that do so at once are kept from harm by the order of their steps.
 */
export class NameLocks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `work` when everything asked for earlier under `name` has ended; its result. */
  async run<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.#tails.get(name);
    const turn = before === undefined ? work() : before.then(work, work);
    const tail = turn.catch(() => undefined);
    this.#tails.set(name, tail);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}
