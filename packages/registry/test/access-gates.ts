/** A gate with one trusted key, and what it answers, for the tests of access. */

import type { IncomingMessage } from 'node:http';
import type { AccessGate, Grant, Need } from '../src/access/gate.ts';
import { type TokenAccessOptions, tokenAccess } from '../src/access/token-access.ts';
import { type ErrorCode, RegistryError } from '../src/errors.ts';
import { ISSUER, makeKey, NOW, SERVICE } from './access-support.ts';

export const KEY = makeKey('ES256');
export const REALM = 'http://registry.example/auth';
export const CHALLENGE = `Bearer realm="${REALM}",service="${SERVICE}"`;

export const PULL: readonly Need[] = [{ type: 'repository', name: 'a/b', actions: ['pull'] }];
export const PUSH: readonly Need[] = [{ type: 'repository', name: 'a/b', actions: ['pull', 'push'] }];
export const DELETE: readonly Need[] = [{ type: 'repository', name: 'a/b', actions: ['delete'] }];
export const FROM: readonly Need[] = [{ type: 'repository', name: 'other', actions: ['pull'] }];

export function gateWith(changes: Partial<TokenAccessOptions> = {}): AccessGate {
  return tokenAccess({
    realm: () => REALM,
    service: SERVICE,
    issuer: ISSUER,
    keys: [{ kid: KEY.kid, key: KEY.publicKey }],
    clock: () => NOW * 1000,
    ...changes,
  });
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** The refusal that the gate answers with, thrown or as a rejection. */
export async function refusalOf(act: () => Grant | Promise<Grant>): Promise<Refusal> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const { code, status, message, detail, headers } = error;
    return { code, status, message, detail, headers };
  }
  throw new Error('it was let in');
}

export function refusal(
  request: IncomingMessage,
  needs: readonly Need[],
  gate = gateWith(),
  wants?: readonly Need[],
) {
  return refusalOf(() => gate.authorize(request, needs, wants));
}

/** A token's grant is there at once, without a promise. */
export function granted(gate: AccessGate, request: IncomingMessage, needs: readonly Need[] = []): Grant {
  const grant = gate.authorize(request, needs);
  if (grant instanceof Promise) throw new Error('a token must not cost a promise');
  return grant;
}
