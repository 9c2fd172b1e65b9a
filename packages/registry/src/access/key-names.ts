/**
 * The names under which token servers speak of a key in `kid`, each computed from the key itself: its JWK
 * thumbprint, the same as distribution 3 computes it, and libtrust's id, which docker_auth and distribution 2
 * use.
 *
 * RFC 7638 section 3; libtrust's key ids: SHA-256 of the DER key, 240 bits, base32 in groups of four.
 */

import { createHash, type KeyObject, type webcrypto } from 'node:crypto';

/** Every name of a public key; the thumbprint first, where its kind has one. */
export function namesOf(key: KeyObject): readonly string[] {
  const jwk = jwkOf(key);
  const thumbprints = jwk === undefined ? [] : [thumbprint(jwk), thumbprint(withoutLeadingZeros(jwk))];
  return [...new Set([...thumbprints, libtrustId(key)])];
}

function jwkOf(key: KeyObject): webcrypto.JsonWebKey | undefined {
  try {
    return key.export({ format: 'jwk' });
  } catch {
    return undefined; // A kind without a JWK form; no token is signed with it, but it may have signed certificates.
  }
}

/** RFC 7638: SHA-256 of the required members, sorted by name and without spaces. */
function thumbprint({ kty, crv, e, n, x, y }: webcrypto.JsonWebKey): string {
  const members = { crv, e, kty, n, x, y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

/** distribution writes an EC coordinate as a number, so that one in 128 keys loses a zero of its thumbprint. */
function withoutLeadingZeros(jwk: webcrypto.JsonWebKey): webcrypto.JsonWebKey {
  if (jwk.kty !== 'EC' || jwk.x === undefined || jwk.y === undefined) return jwk;
  return { ...jwk, x: shortest(jwk.x), y: shortest(jwk.y) };
}

function shortest(coordinate: string): string {
  const bytes = Buffer.from(coordinate, 'base64url');
  const first = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(Math.max(first, 0)).toString('base64url');
}

function libtrustId(key: KeyObject): string {
  const digest = createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest();
  return base32(digest.subarray(0, 30)).replace(/.{4}(?=.)/g, '$&:');
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 section 6, for a whole number of 5-byte groups. */
function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >>> (bits - 5)) & 31];
    value &= 0xff;
  }
  return text;
}
