// What the primary and its workers say to each other. Plain values: they go through a pipe.

import type { KeyPair } from '../http/tls.ts';
import type { WrongProtocol } from '../http/wrong-protocol.ts';
import type { Settings } from '../serving/settings.ts';
import type { Share } from '../serving/share.ts';

/** What became of an attempt to log in. */
export type AttemptOutcome = 'right' | 'wrong' | 'unknown';

export type ToPrimary =
  /** The worker hears what is said to it from now on. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'listening'; readonly url: string }
  /** It can't serve, and ends: the lines of a StartError. */
  | { readonly kind: 'failed'; readonly lines: readonly string[] }
  /** Nobody new is let in. */
  | { readonly kind: 'closed' }
  /** May a password of this account be tried? `id` is the worker's own. */
  | { readonly kind: 'admit'; readonly id: number; readonly account: string; readonly address: string }
  | { readonly kind: 'tried'; readonly id: number; readonly outcome: AttemptOutcome }
  /** A client came with another protocol than the port's. */
  | { readonly kind: 'wrong-protocol'; readonly what: WrongProtocol };

export type ToWorker =
  | { readonly kind: 'serve'; readonly settings: Settings; readonly share: Share }
  /** What every handshake gets from now on; it may come before `serve`, and is newer than what is in there. */
  | { readonly kind: 'certificate'; readonly pair: KeyPair }
  /** What handshakes for `host` get that ask for `acme-tls/1`; undefined: nothing any more. */
  | { readonly kind: 'challenge'; readonly host: string; readonly pair: KeyPair | undefined }
  /** No new connections; running requests have so long to end. */
  | { readonly kind: 'drain'; readonly timeoutMs: number }
  | { readonly kind: 'end' }
  /** The answer to `admit`: go on, or not before. */
  | { readonly kind: 'admission'; readonly id: number; readonly retryAfterSeconds: number | undefined };

const toPrimary = {
  hello: true,
  listening: true,
  failed: true,
  closed: true,
  admit: true,
  tried: true,
  'wrong-protocol': true,
} satisfies Record<ToPrimary['kind'], true>;

const toWorker = {
  serve: true,
  certificate: true,
  challenge: true,
  drain: true,
  end: true,
  admission: true,
} satisfies Record<ToWorker['kind'], true>;

/** A message of a worker; undefined for what is none. Both ends are this program, so its kind tells its shape. */
export function parseToPrimary(value: unknown): ToPrimary | undefined {
  return Object.hasOwn(toPrimary, kindOf(value)) ? (value as ToPrimary) : undefined;
}

/** A message of the primary; undefined for what is none. */
export function parseToWorker(value: unknown): ToWorker | undefined {
  return Object.hasOwn(toWorker, kindOf(value)) ? (value as ToWorker) : undefined;
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : '';
}
