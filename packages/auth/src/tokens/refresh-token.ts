// Refresh tokens: what docker keeps instead of a password. Signed, not stored: nothing to lose in a restart,
// nothing to share between processes. A token is bound to the account's present password, so that changing
// the password or deleting the account ends it.
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { KnownAccount } from '../authn/authenticator.ts';
import { REFRESH_SECRET_SIZE_BYTES, REFRESH_TOKEN_SIZE_BYTES, REFRESH_TOKEN_TTL_SECONDS } from '../limits.ts';

export interface RefreshTokenOptions {
  /** At least 32 random bytes, kept as the signing key is. Without it tokens end with the process. */
  readonly secret?: Uint8Array | undefined;
  /** 90 days if not given; 0: there are none. */
  readonly lifetimeSeconds?: number | undefined;
}

/** Whose token it is and for which registry; it is good for nothing else. */
export interface RefreshTokenContent {
  readonly account: string;
  readonly service: string;
}

interface Payload {
  readonly sub: string;
  readonly aud: string;
  readonly exp: number;
}

/** Issues and verifies refresh tokens under one secret. */
export class RefreshTokens {
  readonly #secret: Uint8Array;
  readonly #lifetimeSeconds: number;

  constructor(options: RefreshTokenOptions = {}) {
    const secret = options.secret ?? randomBytes(REFRESH_SECRET_SIZE_BYTES);
    if (secret.byteLength < REFRESH_SECRET_SIZE_BYTES) {
      throw new RangeError(`the secret of refresh tokens has less than ${REFRESH_SECRET_SIZE_BYTES} bytes`);
    }
    this.#secret = Uint8Array.from(secret);
    this.#lifetimeSeconds = options.lifetimeSeconds ?? REFRESH_TOKEN_TTL_SECONDS;
  }

  /** Undefined where there are none. */
  issue({ account, service }: RefreshTokenContent, known: KnownAccount, nowMs: number): string | undefined {
    if (this.#lifetimeSeconds === 0) return undefined;
    const exp = Math.floor(nowMs / 1000) + this.#lifetimeSeconds;
    const content = JSON.stringify({ sub: account, aud: service, exp, jti: randomUUID() });
    const payload = Buffer.from(content).toString('base64url');
    return `${payload}.${this.#sign(payload, known.credential).toString('base64url')}`;
  }

  /** The account of a valid token, as `recall` knows it today; undefined where the token is not valid. */
  verify(
    token: string,
    service: string,
    recall: (account: string) => KnownAccount | undefined,
    nowMs: number,
  ): (KnownAccount & { readonly account: string }) | undefined {
    if (token.length > REFRESH_TOKEN_SIZE_BYTES || this.#lifetimeSeconds === 0) return undefined;
    const [payload = '', signature = '', ...rest] = token.split('.');
    const content = parsePayload(payload);
    if (content === undefined || rest.length > 0) return undefined;
    const known = recall(content.sub);
    if (known === undefined) return undefined;
    const expected = this.#sign(payload, known.credential);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    if (content.aud !== service || nowMs >= content.exp * 1000) return undefined;
    return { ...known, account: content.sub };
  }

  #sign(payload: string, credential: string): Buffer {
    return createHmac('sha256', this.#secret).update(`refresh token ${payload} ${credential}`).digest();
  }
}

function parsePayload(payload: string): Payload | undefined {
  try {
    const content: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return isPayload(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function isPayload(content: unknown): content is Payload {
  if (typeof content !== 'object' || content === null) return false;
  const { sub, aud, exp }: { sub?: unknown; aud?: unknown; exp?: unknown } = content;
  return typeof sub === 'string' && typeof aud === 'string' && typeof exp === 'number';
}
