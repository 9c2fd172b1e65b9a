// Is this the password behind that hash? The one place that asks bcrypt, and that counts wrong answers.
// Methods with hashes (static users, htpasswd) share it, so that time tells nothing about who exists.
import { BUSY_RETRY_SECONDS, PASSWORD_SIZE_BYTES } from '../limits.ts';
import { bcryptCost } from './bcrypt-hash.ts';
import type { BcryptAnswer, BcryptPool } from './bcrypt-pool.ts';
import type { RightPasswords } from './right-passwords.ts';
import type { LoginAttempts } from './wrong-passwords.ts';

export interface PasswordQuestion {
  readonly account: string;
  readonly address: string;
  readonly password: string;
  /** Undefined where no password can be right; it takes as long to say so. */
  readonly hash: string | undefined;
}

export type PasswordVerdict =
  | { readonly answer: 'right' }
  | { readonly answer: 'wrong' }
  | { readonly answer: 'slow-down'; readonly retryAfterSeconds: number };

export class Passwords {
  readonly #pool: BcryptPool;
  readonly #right: RightPasswords;
  readonly #attempts: LoginAttempts;
  /** Checks that run, so that twenty jobs that start at once with one password are one check. */
  readonly #running = new Map<string, Promise<PasswordVerdict>>();
  #highestCost: number | undefined;

  constructor(pool: BcryptPool, right: RightPasswords, attempts: LoginAttempts) {
    this.#pool = pool;
    this.#right = right;
    this.#attempts = attempts;
  }

  /** From now on a wrong password takes as long as the dearest hash that is configured. */
  expectHash(hash: string): void {
    this.#highestCost = Math.max(this.#highestCost ?? 0, bcryptCost(hash) ?? 0);
  }

  /** Checks a password; rejects when no thread can do it. */
  check(question: PasswordQuestion): Promise<PasswordVerdict> {
    const { account, address, password } = question;
    const hash = mayBeRight(password) ? question.hash : undefined;
    const digest = this.#right.digest(account, password, hash ?? '');
    if (hash !== undefined && this.#right.has(digest)) return Promise.resolve({ answer: 'right' });
    const key = `${digest} ${address}`;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = this.#start({ account, address, password, hash }, digest).finally(() =>
      this.#running.delete(key),
    );
    this.#running.set(key, started);
    return started;
  }

  async #start(question: PasswordQuestion, digest: string): Promise<PasswordVerdict> {
    const admission = await this.#attempts.admit(question.account, question.address);
    if ('retryAfterSeconds' in admission) return { answer: 'slow-down', ...admission };
    let outcome: 'right' | 'wrong' | 'unknown' = 'unknown';
    try {
      const answer = await this.#compare(question);
      if (answer === 'busy') return { answer: 'slow-down', retryAfterSeconds: BUSY_RETRY_SECONDS };
      outcome = answer;
    } finally {
      admission.attempt.end(outcome);
    }
    if (outcome === 'right') this.#right.add(digest);
    return { answer: outcome };
  }

  #compare({ password, hash }: PasswordQuestion): 'wrong' | Promise<BcryptAnswer> {
    const fillToCost = this.#highestCost;
    if (fillToCost === undefined) return 'wrong'; // no hash anywhere: no account whose existence could show
    return this.#pool.check({ password, hash, fillToCost });
  }
}

/**
 * bcrypt reads 72 bytes and repeats shorter passwords with a NUL between, so `a` and `a NUL a` are one to
 * it: no password with a NUL is right (no tool makes a hash of one). One of more than 72 bytes is right if
 * its first 72 are: its hash came from a tool that read no more, and docker_auth and the registry's own
 * htpasswd let its owner in as well. 72 bytes are more than anyone guesses.
 */
function mayBeRight(password: string): boolean {
  return !password.includes('\0') && Buffer.byteLength(password) <= PASSWORD_SIZE_BYTES;
}
