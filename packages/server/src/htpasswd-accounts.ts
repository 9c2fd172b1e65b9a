// The accounts of an htpasswd file for a registry alone: the token server's own, of which only the passwords are asked.

import { compileRules } from '@berth/acl';
import { type Auth, createAuth, generateSigner, HtpasswdError, type LoginAttempts } from '@berth/auth';
import type { PasswordCheck } from '@berth/registry';
import { StartError } from './errors.ts';
import type { Log } from './log/log.ts';
import { logAuthEvent } from './log/request-lines.ts';
import { threadPrograms } from './thread-programs.ts';
import { unavailable } from './unavailable.ts';

export interface HtpasswdAccountsOptions {
  readonly file: string;
  /** Counts wrong passwords for several processes; undefined where there is one. */
  readonly loginAttempts?: LoginAttempts | undefined;
  /** At most so many; undefined where one process has the machine. */
  readonly bcryptThreads?: number | undefined;
  readonly log?: Log;
}

export interface HtpasswdAccounts {
  check(ask: {
    readonly account: string;
    readonly password: string;
    readonly address: string;
  }): Promise<PasswordCheck>;
  close(): Promise<void>;
}

/** @throws StartError naming the file, and the line that can't be used */
export function htpasswdAccounts({ file, log, ...shared }: HtpasswdAccountsOptions): HtpasswdAccounts {
  const auth = authOf(() =>
    createAuth({
      // No token is ever made: it takes names and a key all the same.
      issuer: 'htpasswd',
      expirationSeconds: 1,
      signer: generateSigner(),
      rules: compileRules([]),
      htpasswdFile: file,
      bcryptProgram: threadPrograms.bcrypt,
      ...shared,
      onEvent: (event) => log && logAuthEvent(log, event),
    }),
  );
  return {
    check: async ({ account, password, address }) => {
      // "" is who sends no credentials, and would be let in as nobody.
      if (account === '') return { outcome: 'wrong' };
      const ask = { account, password, address, service: '', scopes: [] };
      const answer = await auth.grantForPassword(ask).catch(unavailable);
      if (answer.outcome === 'slow-down') return answer;
      return { outcome: answer.outcome === 'granted' ? 'right' : 'wrong' };
    },
    close: () => auth.close(),
  };
}

function authOf(make: () => Auth): Auth {
  try {
    return make();
  } catch (error) {
    if (error instanceof HtpasswdError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}
