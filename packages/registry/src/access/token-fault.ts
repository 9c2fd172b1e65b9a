/**
 * What can be wrong with a token: a closed set, each with what helps the person who reads of it. Facts from
 * inside a token (issuer, audience, time) are told only of one whose signature is good.
 */

import type { Algorithm } from './algorithms.ts';

export type TokenFault =
  | { readonly reason: 'malformed'; readonly what: string }
  | { readonly reason: 'algorithm'; readonly alg: string; readonly accepted: readonly string[] }
  | {
      readonly reason: 'unknown-key';
      readonly kid: string | undefined;
      readonly alg: Algorithm;
      readonly trustedKids: readonly string[];
    }
  | {
      readonly reason: 'key-mismatch';
      readonly kid: string | undefined;
      readonly alg: Algorithm;
      readonly key: string;
    }
  | { readonly reason: 'certificate'; readonly what: string }
  | { readonly reason: 'signature'; readonly kid: string | undefined; readonly alg: Algorithm }
  | { readonly reason: 'issuer'; readonly issuer: string; readonly expected: string }
  | { readonly reason: 'audience'; readonly audience: readonly string[]; readonly expected: string }
  | { readonly reason: 'expired'; readonly bySeconds: number; readonly leewaySeconds: number }
  | { readonly reason: 'not-yet-valid'; readonly inSeconds: number; readonly leewaySeconds: number };

/** A token that is refused: an expected answer, so it carries no stack. */
export class InvalidToken extends Error {
  readonly fault: TokenFault;

  constructor(fault: TokenFault) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(describeFault(fault));
    Error.stackTraceLimit = limit;
    this.fault = fault;
  }
}

/** A token that isn't one: `what` says where it breaks the form. */
export function malformed(what: string): InvalidToken {
  return new InvalidToken({ reason: 'malformed', what });
}

export function unacceptedAlgorithm(alg: string, accepted: readonly Algorithm[]): InvalidToken {
  return new InvalidToken({ reason: 'algorithm', alg: clip(alg), accepted });
}

/** Text from a token as messages show it: a token may hold names of any length. */
export function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function describeFault(fault: TokenFault): string {
  switch (fault.reason) {
    case 'malformed':
      return `this is not a token: ${fault.what}`;
    case 'algorithm':
      return `the token's alg is ${quoted(fault.alg)}; accepted are ${fault.accepted.join(', ')}`;
    case 'unknown-key':
      return `the token is signed (${fault.alg}) with ${keyName(fault.kid)}, which is not trusted here; trusted are ${list(fault.trustedKids)}`;
    case 'key-mismatch':
      return `the token's alg ${fault.alg} does not fit ${keyName(fault.kid)} (${fault.key})`;
    case 'certificate':
      return `the token's certificate chain (x5c) is not trusted: ${fault.what}`;
    case 'signature':
      return `the token's signature (${fault.alg}) is not that of ${keyName(fault.kid)}`;
    case 'issuer':
      return `the token is from the issuer ${quoted(fault.issuer)}; expected is ${quoted(fault.expected)}`;
    case 'audience':
      return `the token is for the service ${list(fault.audience)}; this one is ${quoted(fault.expected)}`;
    case 'expired':
      return `the token expired ${fault.bySeconds} s ago (${fault.leewaySeconds} s are allowed for clocks that differ)`;
    case 'not-yet-valid':
      return `the token is valid only in ${fault.inSeconds} s (${fault.leewaySeconds} s are allowed for clocks that differ): is a clock wrong?`;
    default:
      return fault satisfies never;
  }
}

function keyName(kid: string | undefined): string {
  return kid === undefined ? 'a key that it does not name (no kid)' : `the key ${quoted(kid)}`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(quoted).join(', ');
}

function quoted(text: string): string {
  return JSON.stringify(clip(text));
}
