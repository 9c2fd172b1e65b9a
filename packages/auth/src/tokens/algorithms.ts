// The signature algorithms of a token (RFC 7518, section 3.1) and which key each one takes.
// Knows nothing of files, certificates or claims.
import type { KeyObject } from 'node:crypto';

export type SigningAlgorithm = 'ES256' | 'ES384' | 'ES512' | 'RS256';

interface AlgorithmRow {
  readonly keyType: 'ec' | 'rsa';
  /** OpenSSL's name of the curve, as Node reports it. */
  readonly namedCurve?: string;
  /** What people call such a key. */
  readonly title: string;
}

// docker_auth signs with what libtrust gives a key: the curve's own ES algorithm, and RS256 for RSA.
const ALGORITHMS = {
  ES256: { keyType: 'ec', namedCurve: 'prime256v1', title: 'EC P-256' },
  ES384: { keyType: 'ec', namedCurve: 'secp384r1', title: 'EC P-384' },
  ES512: { keyType: 'ec', namedCurve: 'secp521r1', title: 'EC P-521' },
  RS256: { keyType: 'rsa', title: 'RSA of at least 2048 bits' },
} satisfies Record<SigningAlgorithm, AlgorithmRow>;

/** RFC 7518, section 3.3: RS256 is never to be used with less. */
export const MINIMUM_RSA_BITS = 2048;

/** For messages: every kind of key that can sign. */
export const SUPPORTED_KEYS = Object.values(ALGORITHMS)
  .map((row) => row.title)
  .join(', ');

/** The algorithm a key signs with, or undefined where none of ours takes it. */
export function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const rows: [string, AlgorithmRow][] = Object.entries(ALGORITHMS);
  const found = rows.find(([, row]) => row.keyType === key.asymmetricKeyType && row.namedCurve === curve);
  return isAlgorithm(found?.[0]) ? found[0] : undefined;
}

function isAlgorithm(name: string | undefined): name is SigningAlgorithm {
  return name !== undefined && name in ALGORITHMS;
}

/** What a key is, in the words of a message: "EC secp256k1", "RSA of 1024 bits", "ed25519". */
export function describeKey(key: KeyObject): string {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'ec') return `EC ${details?.namedCurve ?? 'with parameters of its own'}`;
  if (key.asymmetricKeyType === 'rsa') return `RSA of ${details?.modulusLength ?? 'unknown'} bits`;
  return key.asymmetricKeyType ?? key.type;
}
