// Signs a payload as a JWS in its compact form (RFC 7515, section 7.1). Knows nothing of claims.
import { type KeyObject, sign } from 'node:crypto';
import { type CompactJWSHeaderParameters, CompactSign } from 'jose';
import type { Signer } from './signer.ts';

export type SignJws = (payload: string) => Promise<string>;

/** Signs under one header with the signer's key, always in another thread: none of the algorithms is free. */
export function jwsSigner({ algorithm, privateKey }: Signer, header: CompactJWSHeaderParameters): SignJws {
  if (algorithm === 'ES256') return es256Signer(privateKey, header);
  return (payload) =>
    new CompactSign(Buffer.from(payload)).setProtectedHeader({ ...header }).sign(privateKey);
}

/**
 * The algorithm of Berth's own keys, and the quick one: what jose does around a signature takes as long as the
 * signature. With the others it is a twentieth of it or less.
 */
function es256Signer(privateKey: KeyObject, header: CompactJWSHeaderParameters): SignJws {
  const encodedHeader = base64url(JSON.stringify(header));
  // RFC 7518, section 3.4: the two numbers of the signature side by side, not in DER.
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return (payload) => {
    const signingInput = `${encodedHeader}.${base64url(payload)}`;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    sign('sha256', Buffer.from(signingInput, 'latin1'), key, (error, signature) => {
      if (error) reject(error);
      else resolve(`${signingInput}.${signature.toString('base64url')}`);
    });
    return promise;
  };
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
