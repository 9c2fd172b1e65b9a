// Keys for the tests of signers, made as they run, and the names that registries give them, computed anew.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

export const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
export const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
export const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const KEYS: Record<string, KeyObject> = {
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  RS256: rsa(2048),
};
export const keyFor = (algorithm: string): KeyObject => KEYS[algorithm] ?? ec('P-256');
export const P256 = keyFor('ES256');

/** libtrust's fingerprint, as docker_auth computes it. */
export function fingerprint(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  let bits = '';
  for (const byte of createHash('sha256').update(der).digest().subarray(0, 30))
    bits += byte.toString(2).padStart(8, '0');
  const letters =
    bits.match(/.{5}/g)?.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)]) ?? [];
  return letters.join('').match(/.{4}/g)?.join(':') ?? '';
}

/** RFC 7638. */
export function thumbprint(key: KeyObject): string {
  const { kty, crv, x, y, n, e } = createPublicKey(key).export({ format: 'jwk' });
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
