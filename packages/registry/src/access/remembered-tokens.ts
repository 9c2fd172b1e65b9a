/**
 * The grants of tokens that were verified, by the text that came, until they expire: the hot path's one look-up.
 * Each worker has its own; what is missing here is only verified once more.
 */

import { LRUCache } from 'lru-cache';
import type { Grant } from './gate.ts';

/** A busy registry has a few hundred at a time: clients keep a token for a push or a pull. */
const MAX_TOKENS = 10_000;

/** Tokens are about 1 KiB; a few with hundreds of scopes must not push the memory up. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Text, entries parsed from it, and the cache's own. */
const BYTES_PER_CHARACTER = 4;
const BYTES_PER_TOKEN = 512;

interface Remembered {
  readonly grant: Grant;
  readonly validUntilMs: number;
}

/** What is remembered of tokens, bounded in number and size. */
export class RememberedTokens {
  readonly #tokens = new LRUCache<string, Remembered>({
    max: MAX_TOKENS,
    maxSize: MAX_BYTES,
    sizeCalculation: (_remembered, text) => text.length * BYTES_PER_CHARACTER + BYTES_PER_TOKEN,
  });

  /** The grant that goes with `text`, if it was remembered and is still valid. */
  recall(text: string, nowMs: number): Grant | undefined {
    const remembered = this.#tokens.get(text);
    if (remembered === undefined) return undefined;
    if (nowMs <= remembered.validUntilMs) return remembered.grant;
    this.#tokens.delete(text);
    return undefined;
  }

  remember(text: string, grant: Grant, validUntilMs: number): void {
    this.#tokens.set(text, { grant, validUntilMs });
  }
}
