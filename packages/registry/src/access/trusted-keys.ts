/**
 * The keys that tokens may be signed with, from the two forms in which people configure them: a JWKS and a
 * bundle of certificates. Its errors are for whoever wrote that file.
 *
 * RFC 7517; distribution's auth.token.jwks and auth.token.rootcertbundle.
 */

import { createPublicKey, type KeyObject, type webcrypto, X509Certificate } from 'node:crypto';
import { ALGORITHM_NAMES, type Algorithm, algorithmsOf, describeKey, MIN_RSA_BITS } from './algorithms.ts';
import { namesOf } from './key-names.ts';

export interface TrustedKey {
  /** What tokens call it; it is known by its thumbprint and its libtrust id as well. */
  readonly kid: string | undefined;
  /** The only algorithms it may be used with; all that fit the key if left out. */
  readonly algorithms?: readonly Algorithm[];
  readonly key: KeyObject;
  /** Where the key came as a certificate: it may have signed the one that a token brings along (x5c). */
  readonly certificate?: X509Certificate;
}

/**
 * The keys of a JWKS, without those that cannot sign tokens (encryption keys, kinds that Berth doesn't verify).
 * @throws Error where it isn't a JWKS, holds a secret, or has no key that can be used; says which and why
 */
export function trustedKeysFromJwks(jwks: unknown): readonly TrustedKey[] {
  const keys = isObject(jwks) ? jwks['keys'] : undefined;
  if (!Array.isArray(keys)) throw new Error('not a JWKS: expected an object with a list "keys"');
  const read = keys.map(readJwk);
  const trusted = read.filter((one) => typeof one !== 'string');
  if (trusted.length > 0) return trusted;
  const why = read.length === 0 ? 'it is empty' : read.join('; ');
  throw new Error(`the JWKS has no key that can verify a token: ${why}. Accepted: ${ACCEPTED}`);
}

const ACCEPTED = `${ALGORITHM_NAMES.join(', ')} (RSA of ${MIN_RSA_BITS} bits or more)`;

/** The key, or why it can't be used. */
function readJwk(jwk: unknown, index: number): TrustedKey | string {
  if (!isObject(jwk)) throw new Error(`keys[${index}] of the JWKS is not an object`);
  const { kty, kid, use, alg, key_ops: operations } = jwk;
  if (kty === 'oct')
    throw new Error(
      `keys[${index}] of the JWKS is a shared secret (kty "oct"): whoever reads it could make tokens. Give a public key`,
    );
  if (kid !== undefined && typeof kid !== 'string')
    throw new Error(`keys[${index}].kid of the JWKS is not a string`);
  if (use !== undefined && use !== 'sig') return `keys[${index}] is not for signatures (use)`;
  if (Array.isArray(operations) && !operations.includes('verify') && !operations.includes('sign'))
    return `keys[${index}] is not for signatures (key_ops)`;
  return usable({ kid: kid === '' ? undefined : kid, key: importJwk(jwk, index) }, alg, index);
}

function usable(candidate: TrustedKey, alg: unknown, index: number): TrustedKey | string {
  const fitting = algorithmsOf(candidate.key);
  const algorithms = fitting.filter((name) => alg === undefined || name === alg);
  if (algorithms.length > 0) return { ...candidate, algorithms };
  const declared = alg === undefined ? '' : ` with alg ${JSON.stringify(alg)}`;
  return `keys[${index}] is ${describeKey(candidate.key)}${declared}`;
}

function importJwk(jwk: webcrypto.JsonWebKey, index: number): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new Error(`keys[${index}] of the JWKS is not a public key: ${messageOf(cause)}`, { cause });
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The keys of the certificates in a PEM bundle; other blocks are passed over. Tokens may name such a key (kid),
 * or bring a certificate that one of these signed (x5c).
 * @throws Error where it holds no certificate, or one that can't be read; says which and at what line
 */
export function trustedKeysFromCertificates(pem: string): readonly TrustedKey[] {
  const trusted = [...pem.matchAll(CERTIFICATE)].map((match, index) => {
    const certificate = readCertificate(match[0], index, lineOf(pem, match.index));
    const key = certificate.publicKey;
    return { kid: namesOf(key)[0], key, certificate };
  });
  const begun = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (begun > trusted.length)
    throw new Error(`${begun - trusted.length} of ${begun} certificates have no proper end or hold a "-"`);
  if (trusted.length > 0) return trusted;
  throw new Error('no certificate in it: expected PEM with "-----BEGIN CERTIFICATE-----"');
}

function readCertificate(pem: string, index: number, line: number): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`certificate ${index + 1} (line ${line}) can't be read: ${messageOf(cause)}`, { cause });
  }
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
