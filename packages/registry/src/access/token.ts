/**
 * A token's text in, what it says out, if it was signed with a trusted key for this service: the steps in their
 * order. It knows no HTTP and remembers nothing.
 *
 * Docker Registry v2 token specification; RFC 7515 section 5.2; RFC 7519 section 7.2.
 */

import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Access } from '@berth/acl';
import {
  ALGORITHM_NAMES,
  type Algorithm,
  algorithmsOf,
  describeKey,
  parseAlgorithm,
  signatureFits,
} from './algorithms.ts';
import { ChainError, verifyChain } from './certificate-chain.ts';
import { checkClaims, parseClaims, validUntilMs } from './claims.ts';
import { type CompactJws, parseCompactJws, parseJsonObject } from './jws.ts';
import { namesOf } from './key-names.ts';
import { clip, InvalidToken, unacceptedAlgorithm } from './token-fault.ts';
import type { TrustedKey } from './trusted-keys.ts';

/** Whom a token has to satisfy. */
export interface Trust {
  readonly issuer: string;
  readonly service: string;
  readonly keys: readonly TrustedKey[];
  /** Every name a token may give in `kid`. */
  readonly keysByName: ReadonlyMap<string, readonly TrustedKey[]>;
  /** What the keys are called in messages: the first of them, a bundle may hold hundreds. */
  readonly shownKids: readonly string[];
  /** The only algorithms that a token may be signed with. */
  readonly algorithms: readonly Algorithm[];
  /** The certificates that a token's x5c may lead to. */
  readonly certificates: readonly X509Certificate[];
}

export interface VerifiedToken {
  readonly account: string;
  readonly access: readonly Access[];
  /** Until when it may be taken without another look at it. */
  readonly validUntilMs: number;
}

/** A key that a token may be checked with. */
interface Candidate {
  readonly key: KeyObject;
  readonly algorithms: readonly Algorithm[];
  readonly validUntilMs: number;
}

const MAX_SHOWN_KIDS = 10;

/**
 * What is asked of every token, prepared once.
 * @throws Error for what could let nobody in: no key, a key that isn't public, no service or issuer
 */
export function trustOf({
  issuer,
  service,
  keys,
  algorithms = ALGORITHM_NAMES,
}: Pick<Trust, 'issuer' | 'service' | 'keys'> & Partial<Pick<Trust, 'algorithms'>>): Trust {
  if (issuer === '') throw new Error('the issuer of tokens is empty: give the one that they name (iss)');
  if (service === '') throw new Error('the service is empty: give the one that tokens are made for (aud)');
  if (keys.length === 0) throw new Error('there is no trusted key: no token could be verified');
  if (algorithms.length === 0) throw new Error('no algorithm is accepted: no token could be verified');
  const keysByName = new Map<string, readonly TrustedKey[]>();
  for (const trusted of keys) {
    if (trusted.key.type !== 'public')
      throw new Error(`the trusted key ${trusted.kid ?? 'without kid'} is ${trusted.key.type}, not public`);
    const names = new Set([...(trusted.kid === undefined ? [] : [trusted.kid]), ...namesOf(trusted.key)]);
    for (const name of names) keysByName.set(name, [...(keysByName.get(name) ?? []), trusted]);
  }
  const certificates = keys.flatMap(({ certificate }) => (certificate === undefined ? [] : [certificate]));
  const shownKids = keys.slice(0, MAX_SHOWN_KIDS).map(({ kid, key }) => kid ?? namesOf(key)[0] ?? 'no kid');
  return { issuer, service, keys, keysByName, shownKids, algorithms, certificates };
}

/**
 * What a token says.
 * @throws InvalidToken with the first thing that is wrong with it
 */
export function verifyToken(text: string, trusted: Trust, nowMs: number): VerifiedToken {
  const jws = parseCompactJws(text);
  const algorithm = parseAlgorithm(jws.alg);
  if (algorithm === undefined || !trusted.algorithms.includes(algorithm))
    throw unacceptedAlgorithm(jws.alg, trusted.algorithms);
  const candidates = candidatesFor(jws, algorithm, trusted, nowMs);
  const fitting = candidates.filter((candidate) => candidate.algorithms.includes(algorithm));
  if (fitting.length === 0) throw keyMismatch(jws, algorithm, candidates);
  const signer = fitting.find(({ key }) => signatureFits(algorithm, key, jws.signed, jws.signature));
  if (signer === undefined)
    throw new InvalidToken({ reason: 'signature', kid: shownKid(jws), alg: algorithm });
  const claims = parseClaims(parseJsonObject(jws.payload, 'payload'));
  checkClaims(claims, { issuer: trusted.issuer, service: trusted.service, nowMs });
  return {
    account: claims.account,
    access: claims.access,
    validUntilMs: Math.min(validUntilMs(claims), signer.validUntilMs),
  };
}

/**
 * The keys that the token says it is signed with. A key that is trusted by itself (a JWKS) is found by its name;
 * with certificates the chain decides if there is one, as in distribution; the only key needs no name.
 */
function candidatesFor(jws: CompactJws, alg: Algorithm, trusted: Trust, nowMs: number): readonly Candidate[] {
  const named = jws.kid === undefined ? soleKey(trusted) : (trusted.keysByName.get(jws.kid) ?? []);
  const byThemselves = named.filter((one) => one.certificate === undefined);
  if (jws.kid !== undefined && byThemselves.length > 0) return byThemselves.map(candidateOf);
  if (jws.x5c.length > 0 && trusted.certificates.length > 0) return [chainCandidate(jws, trusted, nowMs)];
  if (named.length > 0) return named.map(candidateOf);
  throw new InvalidToken({ reason: 'unknown-key', alg, kid: shownKid(jws), trustedKids: trusted.shownKids });
}

function soleKey(trusted: Trust): readonly TrustedKey[] {
  return trusted.keys.length === 1 ? trusted.keys : [];
}

function candidateOf(trusted: TrustedKey): Candidate {
  const { key, algorithms: declared } = trusted;
  const algorithms = algorithmsOf(key).filter((name) => declared === undefined || declared.includes(name));
  return { key, algorithms, validUntilMs: Number.POSITIVE_INFINITY };
}

function chainCandidate(jws: CompactJws, trusted: Trust, nowMs: number): Candidate {
  try {
    const chain = verifyChain(jws.x5c, trusted.certificates, nowMs);
    return { ...chain, algorithms: algorithmsOf(chain.key) };
  } catch (error) {
    if (error instanceof ChainError) throw new InvalidToken({ reason: 'certificate', what: error.message });
    throw error;
  }
}

function keyMismatch(jws: CompactJws, alg: Algorithm, candidates: readonly Candidate[]): InvalidToken {
  const key = candidates.map((candidate) => describeKey(candidate.key)).join('; ');
  return new InvalidToken({ reason: 'key-mismatch', kid: shownKid(jws), alg, key });
}

function shownKid(jws: CompactJws): string | undefined {
  return jws.kid === undefined ? undefined : clip(jws.kid);
}
