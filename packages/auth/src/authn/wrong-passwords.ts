// Counts the wrong passwords of an account from an address, and says who has to wait how long.
// By both, so that a stranger's guesses lock nobody out elsewhere. Knows no passwords.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import {
  FIRST_WAIT_MS,
  FREE_WRONG_PASSWORDS,
  LAST_WAIT_MS,
  WRONG_PASSWORD_PAIRS,
  WRONG_PASSWORDS_TTL_MS,
} from '../limits.ts';

interface Count {
  wrong: number;
  /** Checks that run: each may turn out wrong, so it counts as wrong until it is known. */
  running: number;
  waitUntilMs: number;
  lastWrongMs: number;
}

/** A place in the count; whoever has one gives it back with what came out. */
export interface Attempt {
  end(outcome: 'right' | 'wrong' | 'unknown'): void;
}

export type Admission = { readonly attempt: Attempt } | { readonly retryAfterSeconds: number };

/** Who may try a password now. One counter for all processes that let in by passwords; an answer may take its time. */
export interface LoginAttempts {
  /** Asks to check one password of `account` from `address`. */
  admit(account: string, address: string): Admission | Promise<Admission>;
}

export class WrongPasswords implements LoginAttempts {
  readonly #clock: () => number;
  readonly #counts = new LRUCache<string, Count>({ max: WRONG_PASSWORD_PAIRS });

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  admit(account: string, address: string): Admission {
    const pair = pairOf(account, address);
    const count = this.#countOf(pair);
    const waitMs = count.waitUntilMs - this.#clock();
    if (waitMs > 0) return { retryAfterSeconds: Math.ceil(waitMs / 1000) };
    const atOnce = Math.max(1, FREE_WRONG_PASSWORDS - count.wrong);
    if (count.running >= atOnce) return { retryAfterSeconds: Math.ceil(FIRST_WAIT_MS / 1000) };
    count.running += 1;
    this.#counts.set(pair, count);
    return { attempt: { end: (outcome) => this.#end(pair, count, outcome) } };
  }

  #countOf(pair: string): Count {
    const count = this.#counts.get(pair);
    const fresh = { wrong: 0, running: 0, waitUntilMs: 0, lastWrongMs: 0 };
    if (count === undefined) return fresh;
    const quietMs = this.#clock() - Math.max(count.lastWrongMs, count.waitUntilMs);
    if (quietMs > WRONG_PASSWORDS_TTL_MS) count.wrong = 0;
    return count;
  }

  #end(pair: string, count: Count, outcome: 'right' | 'wrong' | 'unknown'): void {
    count.running -= 1;
    if (outcome === 'right') count.wrong = 0;
    if (outcome === 'wrong') this.#addWrong(count);
    // The count may have been pushed out meanwhile; an empty one need not be kept.
    if (count.wrong > 0 || count.running > 0) this.#counts.set(pair, count);
    else this.#counts.delete(pair);
  }

  #addWrong(count: Count): void {
    count.wrong += 1;
    count.lastWrongMs = this.#clock();
    const over = count.wrong - FREE_WRONG_PASSWORDS;
    if (over < 0) return;
    count.waitUntilMs = count.lastWrongMs + Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** over);
  }
}

/** Of a fixed size, whatever the client calls itself. */
function pairOf(account: string, address: string): string {
  return createHash('sha256')
    .update(`${networkOf(address)}\n${account}`)
    .digest('base64');
}

/** An IPv6 host has a /64 to itself and could come from another address every time. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - tailGroups.length);
  const whole = [...groups, ...Array<string>(zeros).fill('0'), ...tailGroups];
  return whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
