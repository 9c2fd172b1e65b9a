// A signed access token: docker_auth's claims in a JWT (distribution's token specification, jwt.md).
import { randomUUID } from 'node:crypto';
import type { Access } from '@berth/acl';
import { SignJWT } from 'jose';
import { TOKEN_BACKDATED_SECONDS } from '../limits.ts';
import type { Signer } from './signer.ts';

export interface AccessTokenOptions {
  readonly signer: Signer;
  readonly issuer: string;
  readonly expirationSeconds: number;
}

export interface AccessTokenContent {
  readonly account: string;
  readonly service: string;
  readonly access: readonly Access[];
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  /** RFC 3339, UTC, whole seconds. */
  readonly issuedAt: string;
}

/** Signs a token for `content`, valid from a minute ago (clocks differ) until `expirationSeconds` from now. */
export async function signAccessToken(
  options: AccessTokenOptions,
  content: AccessTokenContent,
  nowMs: number,
): Promise<AccessToken> {
  const iat = Math.floor(nowMs / 1000);
  const claims = {
    iss: options.issuer,
    sub: content.account,
    aud: content.service,
    exp: iat + options.expirationSeconds,
    nbf: iat - TOKEN_BACKDATED_SECONDS,
    iat,
    jti: randomUUID(),
    access: content.access,
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader(headerOf(options.signer, nowMs))
    .sign(options.signer.privateKey);
  return {
    token,
    expiresInSeconds: options.expirationSeconds,
    issuedAt: new Date(iat * 1000).toISOString().replace('.000Z', 'Z'),
  };
}

/**
 * A registry that finds certificates in a token looks at nothing else, and refuses them once they have
 * expired. Then `kid` alone still names the key where the registry has the certificate in its bundle.
 */
function headerOf({ algorithm, kid, chain }: Signer, nowMs: number) {
  const header = { typ: 'JWT', alg: algorithm, kid };
  const inTime = chain !== undefined && chain.notBeforeMs <= nowMs && nowMs <= chain.notAfterMs;
  return inTime ? { ...header, x5c: [...chain.x5c] } : header;
}
