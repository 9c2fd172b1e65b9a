// The token endpoint of a docker_auth configuration: for `berth serve` and for `berth auth`.

import type { IncomingMessage } from 'node:http';
import { type Auth, createAuth, type Signer } from '@berth/auth';
import type { AuthFile } from './config/auth-file.ts';
import type { Log } from './log/log.ts';
import { logAuthEvent } from './log/request-lines.ts';

export interface TokenServerOptions {
  readonly authFile: AuthFile;
  readonly signer: Signer;
  readonly refreshSecret: Uint8Array;
  readonly address: (request: IncomingMessage) => string;
  readonly log: Log;
}

export function createTokenServer({
  authFile,
  signer,
  refreshSecret,
  address,
  log,
}: TokenServerOptions): Auth {
  const { server, token, users, rules } = authFile;
  warnOfOpenAccounts(authFile, log);
  return createAuth({
    issuer: token.issuer,
    expirationSeconds: token.expirationSeconds,
    signer,
    users,
    rules,
    refreshTokens: { secret: refreshSecret },
    address,
    realIpHeader: server.realIpHeader,
    realIpPosition: server.realIpPosition,
    pathPrefix: server.pathPrefix,
    onEvent: (event) => logAuthEvent(log, event),
    isObserved: (status) => log.tellsRequests(status),
  });
}

/** docker_auth means it for the anonymous account; for others it is a line that somebody forgot. */
function warnOfOpenAccounts({ file, users }: AuthFile, log: Log): void {
  for (const [account, { passwordHash }] of Object.entries(users)) {
    if (account === '' || passwordHash !== undefined) continue;
    log.warn(`${file}: the account ${JSON.stringify(account)} has no password: anybody can log in as it`);
  }
}
