// Wrong passwords as a worker counts them: it asks the primary. Only where a password is checked by bcrypt, which takes a
// thousand times as long; a right one that is remembered asks nobody.

import { type Admission, AuthError, type LoginAttempts } from '@berth/auth';
import { serverLimits } from '../limits.ts';
import type { ToPrimary, ToWorker } from './messages.ts';

interface Waiting {
  readonly resolve: (admission: Admission) => void;
  readonly timer: NodeJS.Timeout;
}

export class AskedAttempts implements LoginAttempts {
  readonly #send: (message: ToPrimary) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(send: (message: ToPrimary) => void) {
    this.#send = send;
  }

  /** Rejects with an AuthError (UNAVAILABLE) when the primary says nothing in time. */
  admit(account: string, address: string): Promise<Admission> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Admission>();
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      reject(new AuthError('UNAVAILABLE', 'nobody can say now whether a password may be tried'));
    }, serverLimits.admissionWaitMs);
    this.#waiting.set(id, { resolve, timer });
    this.#send({ kind: 'admit', id, account, address });
    return promise;
  }

  /** What the primary said. */
  answer({ id, retryAfterSeconds }: Extract<ToWorker, { kind: 'admission' }>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    const end = (outcome: 'right' | 'wrong' | 'unknown') => this.#send({ kind: 'tried', id, outcome });
    if (retryAfterSeconds !== undefined) waiting?.resolve({ retryAfterSeconds });
    else if (waiting !== undefined) waiting.resolve({ attempt: { end } });
    else end('unknown'); // too late: nobody waits for it
  }
}
