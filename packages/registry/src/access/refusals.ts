/**
 * The errors of access, worded for the person who reads them: what was asked, what the credential holds, what
 * is wrong with it. A stranger gets one and the same answer, whatever exists.
 *
 * distribution-spec v1.1.1, "Error Codes": UNAUTHORIZED, DENIED, TOOMANYREQUESTS.
 */

import { formatScope } from '@berth/acl';
import { type RegistryError, refuse } from '../errors.ts';
import { formatChallenge, scopesOf, type TokenSource } from './challenge.ts';
import type { Grant, Need } from './gate.ts';
import { missingOf } from './grant.ts';
import { clip, type InvalidToken } from './token-fault.ts';

/** What a request asks for: what it needs, and what its challenge names beside it. */
export interface Ask {
  readonly needs: readonly Need[];
  readonly wants: readonly Need[];
}

/** No credential, or one that isn't worth a look; `why` for the latter. */
export function unauthorized(source: TokenSource, ask: Ask, why?: string): RegistryError {
  return refuse('UNAUTHORIZED', {
    message: why === undefined ? 'authentication required' : `authentication required: ${why}`,
    detail: { needed: scopesOf(ask.needs) },
    headers: { 'WWW-Authenticate': formatChallenge(source, [...ask.needs, ...ask.wants]) },
  });
}

/** A token that isn't valid. */
export function invalidToken(source: TokenSource, ask: Ask, token: InvalidToken): RegistryError {
  const error = { error: 'invalid_token', description: token.message } as const;
  return refuse('UNAUTHORIZED', {
    message: token.message,
    detail: { needed: scopesOf(ask.needs), token: token.fault },
    headers: { 'WWW-Authenticate': formatChallenge(source, [...ask.needs, ...ask.wants], error) },
  });
}

/** A valid credential whose grant lacks something; without a source there is nowhere to ask for more. */
export function denied(source: TokenSource | undefined, ask: Ask, grant: Grant): RegistryError {
  const needed = scopesOf(ask.needs);
  const missing = scopesOf(missingOf(grant, ask.needs));
  // Clients ask for the same more than once.
  const held = new Set(grant.holds.map((access) => clip(formatScope(access))));
  const holds = [...held].slice(0, MAX_SHOWN_SCOPES);
  const message = describeDenied(grant.account, missing, holds);
  const error = { error: 'insufficient_scope', description: message } as const;
  return refuse('DENIED', {
    message,
    detail: { account: clip(grant.account), needed, missing, holds },
    headers:
      source === undefined
        ? {}
        : { 'WWW-Authenticate': formatChallenge(source, [...ask.needs, ...ask.wants], error) },
  });
}

/** Too many wrong passwords. */
export function tooManyRequests(retryAfterSeconds: number): RegistryError {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  return refuse('TOOMANYREQUESTS', {
    message: `too many wrong passwords: try again in ${seconds} s`,
    detail: { retryAfterSeconds: seconds },
    headers: { 'Retry-After': String(seconds) },
  });
}

const MAX_SHOWN_SCOPES = 10;

function describeDenied(account: string, missing: readonly string[], holds: readonly string[]): string {
  const who = account === '' ? 'nobody is logged in, and anonymous access' : `account ${clip(account)}`;
  const held = holds.length === 0 ? 'nothing' : holds.join(' ');
  return `requested access to the resource is denied: ${who} lacks ${missing.join(' ')}; it holds ${held}`;
}
