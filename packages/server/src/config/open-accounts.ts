// Accounts that need no password: docker_auth means it for the anonymous one; for others it is a line that somebody forgot.

import type { Log } from '../log/log.ts';
import type { AuthFile } from './auth-file.ts';

/** To be called once, however many processes serve. */
export function warnOfOpenAccounts({ file, users }: AuthFile, log: Log): void {
  for (const [account, { passwordHash }] of Object.entries(users)) {
    if (account === '' || passwordHash !== undefined) continue;
    log.warn(`${file}: the account ${JSON.stringify(account)} has no password: anybody can log in as it`);
  }
}
