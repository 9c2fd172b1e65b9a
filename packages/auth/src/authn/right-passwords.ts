// Passwords that were right a moment ago, so that bcrypt is paid once and not with every layer of a push.
import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RIGHT_PASSWORD_TTL_MS, RIGHT_PASSWORDS_REMEMBERED } from '../limits.ts';

export class RightPasswords {
  // The key lives and dies with the process: what is remembered is worth nothing outside of it. It fills a block of
  // SHA-256: 64 characters of base64.
  readonly #key = randomBytes(48).toString('base64');
  readonly #digests: LRUCache<string, true>;

  constructor(clock: () => number) {
    this.#digests = new LRUCache({
      max: RIGHT_PASSWORDS_REMEMBERED,
      ttl: RIGHT_PASSWORD_TTL_MS,
      ttlResolution: 0,
      perf: { now: clock },
    });
  }

  /**
   * A keyed digest of who said what against which hash; parts are told apart by their lengths. Nobody gets to see one,
   * so that what HMAC adds (none can be made of another) is not needed, and would cost more than all else of a check.
   */
  digest(...parts: readonly string[]): string {
    let text = this.#key;
    for (const part of parts) text += `${part.length}:${part}`;
    return hash('sha256', text, 'base64');
  }

  has(digest: string): boolean {
    return this.#digests.get(digest) === true;
  }

  add(digest: string): void {
    this.#digests.set(digest, true);
  }
}
