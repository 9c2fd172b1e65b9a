// The last in the row: an account that no method knows is refused, in the time of a wrong password.
import type { Authenticator, Credentials, Identity } from './authenticator.ts';
import type { Passwords } from './passwords.ts';

/** Says no to everyone. */
export function nobody(passwords: Passwords): Authenticator {
  const authenticate = async ({ account, password, address }: Credentials): Promise<Identity> => {
    if (password === undefined) return { answer: 'no' };
    const verdict = await passwords.check({ account, address, password, hash: undefined });
    return verdict.answer === 'slow-down' ? verdict : { answer: 'no' };
  };
  return { name: 'nobody', authenticate };
}
