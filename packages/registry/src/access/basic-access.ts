/**
 * The gate of a registry whose accounts come with every request: account and password, and whoever has one may do
 * everything. Who knows the passwords is a function.
 *
 * RFC 7617; distribution's auth.htpasswd.
 */

import { type RegistryError, refuse } from '../errors.ts';
import type { RequestHead } from '../request-head.ts';
import { authorizationOf, parseAuthorization } from './credentials.ts';
import type { AccessGate, Grant } from './gate.ts';
import { denied, tooManyRequests } from './refusals.ts';

export type PasswordCheck =
  | { readonly outcome: 'right' | 'wrong' }
  | { readonly outcome: 'slow-down'; readonly retryAfterSeconds: number };

export interface BasicAccessOptions {
  /** What clients show to whom they ask for a password. */
  readonly realm: string;
  readonly check: (ask: {
    readonly account: string;
    readonly password: string;
    readonly address: string;
  }) => Promise<PasswordCheck>;
  /** The client's address, if it isn't the socket's. */
  readonly address?: (request: RequestHead) => string;
}

/** Everyone with an account may do everything. */
export function basicAccess(options: BasicAccessOptions): AccessGate {
  return Object.freeze<AccessGate>({
    authorize: (request) => authorize(options, request),
    challenge: (_request, needs, grant) => denied(undefined, { needs, wants: [] }, grant),
  });
}

async function authorize(
  { realm, check, address }: BasicAccessOptions,
  request: RequestHead,
): Promise<Grant> {
  const credential = parseAuthorization(authorizationOf(request));
  if (credential.scheme === 'none') throw unauthorized(realm);
  if (credential.scheme === 'unusable') throw unauthorized(realm, credential.why);
  if (credential.scheme === 'bearer') throw unauthorized(realm, 'a password is taken here, no token');
  const { account, password } = credential;
  const from = address?.(request) ?? request.socket.remoteAddress ?? '';
  const answer = await check({ account, password, address: from });
  if (answer.outcome === 'slow-down') throw tooManyRequests(answer.retryAfterSeconds);
  if (answer.outcome === 'wrong') throw unauthorized(realm, 'account or password is wrong');
  return { account, holds: [], allows: () => true, asked: () => true, mayPull: () => true };
}

function unauthorized(realm: string, why?: string): RegistryError {
  return refuse('UNAUTHORIZED', {
    message: why === undefined ? 'authentication required' : `authentication required: ${why}`,
    headers: { 'WWW-Authenticate': `Basic realm="${realm.replace(/["\\]/g, '\\$&')}"` },
  });
}
