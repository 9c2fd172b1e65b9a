// The public keys as a JWK Set (RFC 7517, section 5).
import type { JsonWebKey } from './key-id.ts';
import type { Signer } from './signer.ts';

/** A public key as verifiers look it up. */
export interface PublicJwk extends JsonWebKey {
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
}

/**
 * The key once under each of its names: a verifier looks it up by the `kid` of a token, and which one a
 * token carries changes with the configuration while older tokens are still about.
 */
export function jwksOf(signer: Signer): { keys: PublicJwk[] } {
  const shared = { ...signer.publicJwk, alg: signer.algorithm, use: 'sig' as const };
  return { keys: signer.kids.map((kid) => ({ ...shared, kid })) };
}
