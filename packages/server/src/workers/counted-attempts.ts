// Wrong passwords, counted by the primary for all workers: ten guesses are ten guesses, whichever process they come to.

import type { Attempt, LoginAttempts } from '@berth/auth';
import type { ToPrimary, ToWorker } from './messages.ts';

type Admit = Extract<ToPrimary, { kind: 'admit' }>;
type Tried = Extract<ToPrimary, { kind: 'tried' }>;

/** The attempts of one worker. */
export class CountedAttempts {
  readonly #counter: LoginAttempts;
  readonly #running = new Map<number, Attempt>();

  constructor(counter: LoginAttempts) {
    this.#counter = counter;
  }

  async admit({ id, account, address }: Admit): Promise<ToWorker> {
    const admission = await this.#counter.admit(account, address);
    if ('retryAfterSeconds' in admission) {
      return { kind: 'admission', id, retryAfterSeconds: admission.retryAfterSeconds };
    }
    this.#running.set(id, admission.attempt);
    return { kind: 'admission', id, retryAfterSeconds: undefined };
  }

  tried({ id, outcome }: Tried): void {
    this.#running.get(id)?.end(outcome);
    this.#running.delete(id);
  }

  /** The worker is gone: nobody will know what came out. */
  forget(): void {
    for (const attempt of this.#running.values()) attempt.end('unknown');
    this.#running.clear();
  }
}
