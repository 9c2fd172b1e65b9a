/** Tokens judged by `verifyToken`, for the tests of what it stands on. */

import { trustOf, type VerifiedToken, verifyToken } from '../src/access/token.ts';
import { InvalidToken, type TokenFault } from '../src/access/token-fault.ts';
import type { TrustedKey } from '../src/access/trusted-keys.ts';
import { ISSUER, makeKey, NOW, SERVICE, TEST_ALGORITHMS, type TestKey } from './access-support.ts';

export const KEYS = new Map(TEST_ALGORITHMS.map((alg) => [alg, makeKey(alg)]));
export const ES256 = keyFor('ES256');
export const RS256 = keyFor('RS256');

export function keyFor(alg: TestKey['alg']): TestKey {
  return KEYS.get(alg) ?? makeKey(alg);
}

export function trusting(...keys: readonly TestKey[]): readonly TrustedKey[] {
  return keys.map(({ kid, publicKey }) => ({ kid, key: publicKey }));
}

export function verified(token: string, keys = trusting(...KEYS.values()), nowSeconds = NOW): VerifiedToken {
  return verifyToken(token, trustOf({ issuer: ISSUER, service: SERVICE, keys }), nowSeconds * 1000);
}

/** What is wrong with the token; undefined if nothing is. Any other error is a bug. */
export function faultOf(
  token: string,
  keys?: readonly TrustedKey[],
  nowSeconds?: number,
): TokenFault | undefined {
  try {
    verified(token, keys, nowSeconds);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidToken) return error.fault;
    throw error;
  }
}

export function messageOf(token: string, keys?: readonly TrustedKey[], nowSeconds?: number): string {
  try {
    verified(token, keys, nowSeconds);
    return 'it is valid';
  } catch (error) {
    return error instanceof InvalidToken ? error.message : `a bug: ${error}`;
  }
}
