// How the token server behind the registry fails a request: what the client is told, which learns no address, and what the
// log tells to whoever can mend it.

import { errorCode } from '../errors.ts';
import { connectionWords } from '../http/connection-words.ts';

export interface UpstreamFailure {
  /** 502; 504 where it took too long; 508 where it leads back here. */
  readonly status: 502 | 504 | 508;
  /** What it did: put behind "the token server". Without an address. */
  readonly words: string;
  /** What to do, for the log. */
  readonly remedy: string;
}

export class UpstreamError extends Error {
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure, options?: { cause?: unknown }) {
    super(`the token server ${failure.words}`, options);
    this.failure = failure;
  }
}

const seeThatItRuns = 'See that it runs, and that auth.token.upstream is its address';

const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /not trusted here$/,
    'Name the PEM file of who signed it with auth.token.upstreamca (REGISTRY_AUTH_TOKEN_UPSTREAMCA)',
  ],
  [/for other names$/, 'Use one of its names in auth.token.upstream'],
  [/has expired$|not valid yet$/, 'Renew it, or set the clocks'],
  [/HTTP, perhaps$/, 'Write http:// in auth.token.upstream if it has no TLS'],
  [/HTTPS, perhaps$/, 'Write https:// in auth.token.upstream if it has TLS'],
];

/** @param error of the connection, or the reason of its abort */
export function connectionFailure(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const code = errorCode(error);
  const isLate = code === 'ETIMEDOUT' || (error instanceof Error && error.name === 'TimeoutError');
  const known = connectionWords(error);
  const words = known.startsWith('failed:') ? 'cannot be asked' : known;
  const remedy = remedies.find(([pattern]) => pattern.test(words))?.[1] ?? seeThatItRuns;
  return new UpstreamError({ status: isLate ? 504 : 502, words, remedy }, { cause: error });
}

export function lateFailure(what: string, timeoutMs: number): UpstreamError {
  return new UpstreamError({
    status: 504,
    words: `${what} within ${timeoutMs / 1000} s`,
    remedy: seeThatItRuns,
  });
}
