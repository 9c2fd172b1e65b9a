// What a token server is made of. Values only: no file but the htpasswd file is read below here.
import type { Rules } from '@berth/acl';
import type { WorkerProgram } from './authn/bcrypt-pool.ts';
import type { StaticUser } from './authn/static-users.ts';
import type { LoginAttempts } from './authn/wrong-passwords.ts';
import type { RequestHead } from './endpoint/request-head.ts';
import type { AuthEvent } from './events.ts';
import type { RefreshTokenOptions } from './tokens/refresh-token.ts';
import type { Signer } from './tokens/signer.ts';

export interface AuthOptions {
  /** docker_auth's `token.issuer`: the tokens' `iss`, and the realm of the Basic challenge. */
  readonly issuer: string;
  /** docker_auth's `token.expiration`. */
  readonly expirationSeconds: number;
  readonly signer: Signer;
  /** docker_auth's `users`; the account "" is who sends no credentials. */
  readonly users?: Readonly<Record<string, StaticUser>> | undefined;
  /** An htpasswd file with bcrypt hashes; asked after `users`, read again when it changes. */
  readonly htpasswdFile?: string | undefined;
  /** docker_auth's `acl`, compiled. */
  readonly rules: Rules;
  readonly refreshTokens?: RefreshTokenOptions | undefined;
  /** The client's address where the socket doesn't tell it; `realIpHeader` goes before. */
  readonly address?: ((request: RequestHead) => string) | undefined;
  /** docker_auth's `server.real_ip_header` and `server.real_ip_pos`. */
  readonly realIpHeader?: string | undefined;
  readonly realIpPosition?: number | undefined;
  /** docker_auth's `server.path_prefix`: "" or begins with a slash. */
  readonly pathPrefix?: string | undefined;
  /** The program of the bcrypt threads, where it is not the file beside the sources. */
  readonly bcryptProgram?: WorkerProgram | undefined;
  /** How many threads bcrypt may have at most; as there are processors, up to four, if left out. */
  readonly bcryptThreads?: number | undefined;
  /** Counts wrong passwords, where several processes share the count; this server's own if left out. */
  readonly loginAttempts?: LoginAttempts | undefined;
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined;
  /** Called after each answer. Must not throw. */
  readonly onEvent?: ((event: AuthEvent) => void) | undefined;
  /** Whether anybody looks at the event of an answer with this status; no other is made. All if not given. */
  readonly isObserved?: ((status: number) => boolean) | undefined;
}

/** Throws RangeError for what no token server can be made of; keys, users and files have errors of their own. */
export function checkOptions({ issuer, expirationSeconds, pathPrefix = '' }: AuthOptions): void {
  if (issuer === '')
    throw new RangeError('issuer: it is empty; registries compare it with their own setting');
  if (!Number.isSafeInteger(expirationSeconds) || expirationSeconds <= 0) {
    throw new RangeError(`expirationSeconds: ${expirationSeconds} is not a whole number above 0`);
  }
  if (pathPrefix !== '' && !pathPrefix.startsWith('/')) {
    throw new RangeError(`pathPrefix: ${JSON.stringify(pathPrefix)} does not begin with a slash`);
  }
}
