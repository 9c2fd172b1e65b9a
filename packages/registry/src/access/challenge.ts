/**
 * The WWW-Authenticate header: where to get a token, for which service and scopes, and what was wrong with the
 * one that came. Written so that every client's parser reads the same in it: docker's and containerd's take an
 * empty value for the end, oras unquotes it as a Go string, so the only escapes are \" and \\.
 *
 * RFC 6750 section 3; RFC 9110 section 11.6.1 (challenge) and 5.6.4 (quoted-string).
 */

import { formatScope } from '@berth/acl';
import type { Need } from './gate.ts';

const MAX_DESCRIPTION_LENGTH = 200;

/** Where tokens come from, as this client sees it. */
export interface TokenSource {
  /** Absolute URL of the token endpoint. */
  readonly realm: string;
  readonly service: string;
}

/** RFC 6750 section 3.1. containerd asks for scopes that it hasn't yet only where an error is named. */
export interface ChallengeError {
  readonly error: 'invalid_token' | 'insufficient_scope';
  readonly description: string;
}

/** The value of WWW-Authenticate that asks for a token with `needs`; several scopes stand in one parameter. */
export function formatChallenge(source: TokenSource, needs: readonly Need[], error?: ChallengeError): string {
  const parameters = [
    ['realm', quotable(source.realm)],
    ['service', quotable(source.service)],
    ['scope', scopesOf(needs).join(' ')],
    ['error', error?.error ?? ''],
    ['error_description', describable(error?.description ?? '')],
  ];
  const written = parameters
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}="${(value ?? '').replace(/["\\]/g, '\\$&')}"`);
  return `Bearer ${written.join(',')}`;
}

/** The scopes of `needs` as text, one for each thing: what is named twice gets the actions of both. */
export function scopesOf(needs: readonly Need[]): readonly string[] {
  const merged = new Map<string, Need>();
  for (const need of needs) {
    const key = `${need.type}:${need.name}`;
    const actions = [...new Set([...(merged.get(key)?.actions ?? []), ...need.actions])];
    merged.set(key, { ...need, actions });
  }
  return [...merged.values()].map(formatScope);
}

/** Text that a header may hold: no controls, and what isn't ASCII as the bytes of its UTF-8. */
function quotable(text: string): string {
  return Buffer.from(text.replace(/\p{Cc}/gu, ' '), 'utf8').toString('latin1');
}

/** RFC 6750 section 3 allows a description printable ASCII only, without quotes and backslashes. */
function describable(text: string): string {
  const plain = text.replaceAll('"', "'").replace(/[^\x20-\x7e]|\\/g, '?');
  return plain.length > MAX_DESCRIPTION_LENGTH ? `${plain.slice(0, MAX_DESCRIPTION_LENGTH - 3)}...` : plain;
}
