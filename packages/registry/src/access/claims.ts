/**
 * The claims of a token whose signature is good: for whom, from whom, until when, and what it allows. Defensive
 * all the same: a claim of the wrong shape refuses the token, it never counts as absent.
 *
 * RFC 7519 section 4.1; Docker Registry v2 token: the `access` claim.
 */

import type { Access } from '@berth/acl';
import { clip, InvalidToken, malformed } from './token-fault.ts';

/** Clocks differ; tokens are made valid from 60 s before, and distribution allows as much. */
export const LEEWAY_SECONDS = 60;

export interface Claims {
  /** The account; '' for an anonymous token. */
  readonly account: string;
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly notBefore: number;
  readonly issuedAt: number;
  readonly access: readonly Access[];
}

/** @throws InvalidToken where a claim is missing or has the wrong shape */
export function parseClaims(payload: Readonly<Record<string, unknown>>): Claims {
  return {
    account: stringOr(payload['sub'], '', 'sub'),
    issuer: stringOr(payload['iss'], '', 'iss'),
    audience: parseAudience(payload['aud']),
    expiresAt: secondsOr(payload['exp'], undefined, 'exp'),
    notBefore: secondsOr(payload['nbf'], 0, 'nbf'),
    issuedAt: secondsOr(payload['iat'], 0, 'iat'),
    access: parseAccessList(payload['access']),
  };
}

/** @throws InvalidToken where the token isn't from `issuer`, isn't for `service` or isn't valid now */
export function checkClaims(
  claims: Claims,
  expected: { readonly issuer: string; readonly service: string; readonly nowMs: number },
): void {
  if (claims.issuer !== expected.issuer)
    throw new InvalidToken({ reason: 'issuer', issuer: clip(claims.issuer), expected: expected.issuer });
  if (!claims.audience.includes(expected.service)) {
    const audience = claims.audience.slice(0, 10).map(clip);
    throw new InvalidToken({ reason: 'audience', audience, expected: expected.service });
  }
  const leewaySeconds = LEEWAY_SECONDS;
  const bySeconds = Math.floor(expected.nowMs / 1000 - claims.expiresAt);
  if (expected.nowMs > validUntilMs(claims))
    throw new InvalidToken({ reason: 'expired', bySeconds, leewaySeconds });
  const inSeconds = Math.ceil(Math.max(claims.notBefore, claims.issuedAt) - expected.nowMs / 1000);
  if (inSeconds > leewaySeconds)
    throw new InvalidToken({ reason: 'not-yet-valid', inSeconds, leewaySeconds });
}

/** The last moment at which the token counts, leeway included. */
export function validUntilMs(claims: Claims): number {
  return (claims.expiresAt + LEEWAY_SECONDS) * 1000;
}

function stringOr(value: unknown, absent: string, claim: string): string {
  if (value === undefined) return absent;
  if (typeof value !== 'string') throw malformed(`its claim ${claim} is not a string`);
  return value;
}

function secondsOr(value: unknown, absent: number | undefined, claim: string): number {
  if (value === undefined && absent !== undefined) return absent;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw malformed(`its claim ${claim} is not a number of seconds since 1970`);
  return value;
}

function parseAudience(value: unknown): readonly string[] {
  if (value === undefined) return [];
  const audience: unknown[] = Array.isArray(value) ? value : [value];
  if (!audience.every((item) => typeof item === 'string'))
    throw malformed('its claim aud is neither a string nor a list of strings');
  return audience;
}

/** Token servers in Go write null for an empty list. */
function parseAccessList(value: unknown): readonly Access[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed('its claim access is not a list');
  return Object.freeze(value.map(parseAccess));
}

function parseAccess(value: unknown, index: number): Access {
  const wrong = (what: string) => malformed(`its claim access[${index}]${what}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(' is not an object');
  const entry: Readonly<Record<string, unknown>> = { ...value };
  const { type, name, class: kind } = entry;
  const actions = entry['actions'] ?? [];
  if (typeof type !== 'string') throw wrong('.type is not a string');
  if (typeof name !== 'string') throw wrong('.name is not a string');
  if (kind !== undefined && typeof kind !== 'string') throw wrong('.class is not a string');
  if (!Array.isArray(actions) || !actions.every((action) => typeof action === 'string'))
    throw wrong('.actions is not a list of strings');
  return Object.freeze({
    type,
    name,
    actions: Object.freeze([...actions]),
    ...(kind ? { class: kind } : {}),
  });
}
