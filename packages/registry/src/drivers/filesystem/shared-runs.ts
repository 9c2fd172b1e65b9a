/**
 * Work that several may share, though each wants what is true after it asked: whoever asks while it runs gets the
 * run after that one, together with everybody else who does.
 */
export class SharedRuns<Value> {
  readonly #runs = new Map<string, Run<Value>>();

  /** What `work` gives, in a run that begins no earlier than now. Those under one name must ask for the same. */
  run(name: string, work: () => Promise<Value>): Promise<Value> {
    const running = this.#runs.get(name);
    if (running === undefined) return this.#start(name, work);
    const start = (): Promise<Value> => this.#start(name, work);
    running.next ??= running.current.then(start, start);
    return running.next;
  }

  #start(name: string, work: () => Promise<Value>): Promise<Value> {
    const run: Run<Value> = { current: work(), next: undefined };
    this.#runs.set(name, run);
    const ended = (): void => {
      if (run.next === undefined) this.#runs.delete(name);
    };
    run.current.then(ended, ended);
    return run.current;
  }
}

interface Run<Value> {
  readonly current: Promise<Value>;
  next: Promise<Value> | undefined;
}
