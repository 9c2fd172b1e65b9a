// A signed access token: docker_auth's claims in a JWT (distribution's token specification, jwt.md).
import { randomUUID } from 'node:crypto';
import type { Access } from '@berth/acl';
import { TOKEN_BACKDATED_SECONDS } from '../limits.ts';
import { jwsSigner, type SignJws } from './sign-jws.ts';
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
export type SignAccessToken = (content: AccessTokenContent, nowMs: number) => Promise<AccessToken>;

/** What is the same in all tokens is made ready once. */
export function accessTokenSigner(options: AccessTokenOptions): SignAccessToken {
  const jwsAt = jwsByTime(options.signer);
  return async (content, nowMs) => {
    const iat = Math.floor(nowMs / 1000);
    const token = await jwsAt(nowMs)(claimsText(options, content, iat));
    return { token, expiresInSeconds: options.expirationSeconds, issuedAt: secondsText(iat) };
  };
}

function claimsText(
  { issuer, expirationSeconds }: AccessTokenOptions,
  { account, service, access }: AccessTokenContent,
  iat: number,
): string {
  return JSON.stringify({
    iss: issuer,
    sub: account,
    aud: service,
    exp: iat + expirationSeconds,
    nbf: iat - TOKEN_BACKDATED_SECONDS,
    iat,
    jti: randomUUID(),
    access,
  });
}

/**
 * A registry that finds certificates in a token looks at nothing else, and refuses them once they have
 * expired. Then `kid` alone still names the key where the registry has the certificate in its bundle.
 */
function jwsByTime(signer: Signer): (nowMs: number) => SignJws {
  const { algorithm, kid, chain } = signer;
  const header = { typ: 'JWT', alg: algorithm, kid };
  const byName = jwsSigner(signer, header);
  if (chain === undefined) return () => byName;
  const byChain = jwsSigner(signer, { ...header, x5c: [...chain.x5c] });
  return (nowMs) => (chain.notBeforeMs <= nowMs && nowMs <= chain.notAfterMs ? byChain : byName);
}

let lastSeconds = Number.NaN;
let lastText = '';

/** Tokens of one second share its text. */
function secondsText(seconds: number): string {
  if (seconds !== lastSeconds) {
    lastSeconds = seconds;
    lastText = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  }
  return lastText;
}
