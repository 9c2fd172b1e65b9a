// The token endpoint of a docker_auth configuration: for `berth serve` and for `berth auth`.

import { compileRules } from '@berth/acl';
import { type Auth, createAuth, type LoginAttempts, type RequestHead, type Signer } from '@berth/auth';
import type { AuthFile } from './config/auth-file.ts';
import type { Log } from './log/log.ts';
import { logAuthEvent } from './log/request-lines.ts';
import { threadPrograms } from './thread-programs.ts';

export interface TokenServerOptions {
  readonly authFile: AuthFile;
  readonly signer: Signer;
  readonly refreshSecret: Uint8Array;
  readonly address: (request: RequestHead) => string;
  readonly log: Log;
  /** Counts wrong passwords for several processes; undefined where there is one. */
  readonly loginAttempts: LoginAttempts | undefined;
  /** At most so many; undefined where one process has the machine. */
  readonly bcryptThreads: number | undefined;
}

export function createTokenServer({
  authFile,
  signer,
  refreshSecret,
  address,
  log,
  loginAttempts,
  bcryptThreads,
}: TokenServerOptions): Auth {
  const { server, token, users, acl } = authFile;
  return createAuth({
    issuer: token.issuer,
    expirationSeconds: token.expirationSeconds,
    signer,
    users,
    rules: compileRules(acl),
    loginAttempts,
    bcryptThreads,
    bcryptProgram: threadPrograms.bcrypt,
    refreshTokens: { secret: refreshSecret, lifetimeSeconds: token.refreshExpirationSeconds },
    address,
    realIpHeader: server.realIpHeader,
    realIpPosition: server.realIpPosition,
    pathPrefix: server.pathPrefix,
    onEvent: (event) => logAuthEvent(log, event),
    isObserved: (status) => log.tellsRequests(status),
  });
}
