// The accounts of the configuration: docker_auth's `users`.
import type { Labels } from '@berth/acl';
import type { Authenticator, Credentials, Identity } from './authenticator.ts';
import { bcryptCost } from './bcrypt-hash.ts';
import type { Passwords } from './passwords.ts';

export interface StaticUser {
  /**
   * bcrypt. Without one every password is right, and none is needed: what docker_auth does, meant for the
   * anonymous account "". An empty hash, or one that begins with `!` or `*`, is of an account that nobody
   * can log in to.
   */
  readonly passwordHash?: string | undefined;
  readonly labels?: Labels | undefined;
}

/** A user whose password is no bcrypt hash. Says who, never what stands there. */
export class StaticUserError extends Error {
  readonly account: string;

  constructor(account: string) {
    super(
      `users: the password of ${JSON.stringify(account)} is not a bcrypt hash ($2y$, $2a$ or $2b$); ` +
        `"htpasswd -nB ${account}" makes one`,
    );
    this.name = 'StaticUserError';
    this.account = account;
  }
}

const NO_LABELS: Labels = Object.freeze({});

/** Makes the method; throws StaticUserError. */
export function staticUsers(
  users: Readonly<Record<string, StaticUser>>,
  passwords: Passwords,
): Authenticator {
  const accounts = new Map(Object.entries(users)); // a Map, as an account may be called __proto__
  for (const [account, { passwordHash }] of accounts) {
    if (passwordHash === undefined || isLocked(passwordHash)) continue;
    if (bcryptCost(passwordHash) === undefined) throw new StaticUserError(account);
    passwords.expectHash(passwordHash);
  }
  const authenticate = ({ account, password, address }: Credentials): Identity | Promise<Identity> => {
    const user = accounts.get(account);
    if (user === undefined) return { answer: 'not-mine' };
    const labels = user.labels ?? NO_LABELS;
    if (user.passwordHash === undefined) return { answer: 'yes', labels };
    if (password === undefined) return { answer: 'no' };
    const hash = isLocked(user.passwordHash) ? undefined : user.passwordHash;
    return passwords.identify({ account, address, password, hash }, labels);
  };
  const recall = (account: string) => {
    const user = accounts.get(account);
    return user && { labels: user.labels ?? NO_LABELS, credential: `static ${user.passwordHash ?? ''}` };
  };
  return { name: 'static users', authenticate, recall };
}

function isLocked(passwordHash: string): boolean {
  return passwordHash === '' || passwordHash.startsWith('!') || passwordHash.startsWith('*');
}
