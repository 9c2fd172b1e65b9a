// The two names that verifiers give a public key. Pure.
// distribution 3 knows a key by its RFC 7638 thumbprint, distribution 2 by libtrust's fingerprint.
import { createHash, createPublicKey, type webcrypto } from 'node:crypto';

export type JsonWebKey = webcrypto.JsonWebKey;

/** RFC 7638, section 3.2: the members that count, in the order in which they are hashed. */
const THUMBPRINT_MEMBERS: Readonly<Record<string, readonly (keyof JsonWebKey)[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
};

/** RFC 7638: base64url of the SHA-256 of the key's required members. */
export function thumbprint(jwk: JsonWebKey): string {
  const members = THUMBPRINT_MEMBERS[jwk.kty ?? ''];
  if (members === undefined) throw new TypeError(`no thumbprint for a key of type ${jwk.kty}`);
  const canonical = JSON.stringify(Object.fromEntries(members.map((member) => [member, jwk[member]])));
  return createHash('sha256').update(canonical).digest('base64url');
}

const LIBTRUST_HASH_BYTES = 30; // 240 bits, so that base32 comes out without padding

/**
 * libtrust's fingerprint: base32 of the first 240 bits of the SHA-256 of the key's SubjectPublicKeyInfo,
 * twelve groups of four, as in `PYYO:TEWU:…`.
 */
export function libtrustKeyId(jwk: JsonWebKey): string {
  // By way of the JWK, so that the DER has a named curve and a whole point, whatever the PEM had.
  const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  const hash = createHash('sha256').update(der).digest().subarray(0, LIBTRUST_HASH_BYTES);
  return (base32(hash).match(/.{4}/g) ?? []).join(':');
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648, section 6, for a whole number of five-byte groups (so without padding). */
function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((group) => BASE32.charAt(Number.parseInt(group, 2))).join('');
}
