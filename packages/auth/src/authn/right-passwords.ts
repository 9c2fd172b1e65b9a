// Passwords that were right a moment ago, so that bcrypt is paid once and not with every layer of a push.
import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RIGHT_PASSWORD_TTL_MS, RIGHT_PASSWORDS_REMEMBERED } from '../limits.ts';

export class RightPasswords {
  // The key lives and dies with the process: what is remembered is worth nothing outside of it.
  readonly #key = randomBytes(32);
  readonly #digests: LRUCache<string, true>;

  constructor(clock: () => number) {
    this.#digests = new LRUCache({
      max: RIGHT_PASSWORDS_REMEMBERED,
      ttl: RIGHT_PASSWORD_TTL_MS,
      ttlResolution: 0,
      perf: { now: clock },
    });
  }

  /** A keyed digest of who said what against which hash; parts are told apart by their lengths. */
  digest(...parts: readonly string[]): string {
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
    return hmac.digest('base64');
  }

  has(digest: string): boolean {
    return this.#digests.get(digest) === true;
  }

  add(digest: string): void {
    this.#digests.set(digest, true);
  }
}
