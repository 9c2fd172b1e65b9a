/**
 * The signature algorithms that a token may be signed with, as one table, and the check of a signature. There
 * is no `none` in it and no HMAC, and an algorithm is only ever used with a key of its own kind.
 *
 * RFC 7518 section 3; RFC 8037 for EdDSA.
 */

import { type KeyObject, verify } from 'node:crypto';

interface AlgorithmRow {
  readonly keyType: 'ec' | 'rsa' | 'ed25519';
  /** The curve by OpenSSL's name, for EC keys. */
  readonly curve: string | undefined;
  /** null where the algorithm hashes on its own. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
}

export const ALGORITHMS = {
  ES256: { keyType: 'ec', curve: 'prime256v1', hash: 'sha256' },
  ES384: { keyType: 'ec', curve: 'secp384r1', hash: 'sha384' },
  ES512: { keyType: 'ec', curve: 'secp521r1', hash: 'sha512' },
  RS256: { keyType: 'rsa', curve: undefined, hash: 'sha256' },
  RS384: { keyType: 'rsa', curve: undefined, hash: 'sha384' },
  RS512: { keyType: 'rsa', curve: undefined, hash: 'sha512' },
  EdDSA: { keyType: 'ed25519', curve: undefined, hash: null },
} as const satisfies Record<string, AlgorithmRow>;

export type Algorithm = keyof typeof ALGORITHMS;

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as readonly Algorithm[];

/** RFC 7518 section 3.3: a key of 2048 bits or more must be used. */
export const MIN_RSA_BITS = 2048;

/** The algorithm that `text` names, to the letter, or undefined. */
export function parseAlgorithm(text: string): Algorithm | undefined {
  return ALGORITHM_NAMES.find((name) => name === text);
}

/** The algorithms that a public key can verify; none for a secret, a private or a short key. */
export function algorithmsOf(key: KeyObject): readonly Algorithm[] {
  if (key.type !== 'public') return [];
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) < MIN_RSA_BITS) return [];
  return ALGORITHM_NAMES.filter((name) => {
    const row = ALGORITHMS[name];
    return row.keyType === key.asymmetricKeyType && row.curve === details?.namedCurve;
  });
}

/** Is `signature` (JOSE form: r and s side by side for EC) that of `signed` by `key`? */
export function signatureFits(
  algorithm: Algorithm,
  key: KeyObject,
  signed: string,
  signature: Uint8Array,
): boolean {
  return verify(
    ALGORITHMS[algorithm].hash,
    Buffer.from(signed, 'latin1'),
    { key, dsaEncoding: 'ieee-p1363' },
    signature,
  );
}

/** What kind of key this is, for messages. */
export function describeKey(key: KeyObject): string {
  const details = key.asymmetricKeyDetails;
  const size = details?.namedCurve ?? (details?.modulusLength ? `${details.modulusLength} bits` : undefined);
  const type = key.asymmetricKeyType ?? key.type;
  return size === undefined ? type : `${type}, ${size}`;
}
