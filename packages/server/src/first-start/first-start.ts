// What Berth makes where it finds nothing: its signing key, its secret, an administrator and the rules. Done by whichever
// process comes first; the others, and every later start, read what that one made.

import { randomBytes } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { StartError } from '../errors.ts';
import { authFileText } from './auth-file-text.ts';
import type { OwnFiles } from './own-files.ts';
import { passwordProblem, randomPassword } from './password.ts';

export const adminAccount = 'admin';
const authFileName = 'auth.yml';

/** bcryptjs's and htpasswd's usual cost: some 60 ms for each check, and for each guess. */
const bcryptCost = 10;

export interface Accounts {
  /** The docker_auth configuration, and its name for error messages. */
  readonly file: string;
  readonly text: string;
  /** The account that was made just now. */
  readonly made:
    | { readonly account: string; readonly password: string; readonly isRandom: boolean }
    | undefined;
}

/**
 * The accounts and rules, made if they aren't there.
 * @param givenPassword `BERTH_ADMIN_PASSWORD`: the first password of the administrator
 * @throws StartError
 */
export async function ownAccounts(files: OwnFiles, givenPassword: string | undefined): Promise<Accounts> {
  const password = givenPassword ?? randomPassword(randomBytes);
  const file = files.describe(authFileName);
  const { content, isNew } = await files.readOrMake(authFileName, async () => {
    const problem = passwordProblem(password);
    if (problem !== undefined) throw new StartError(`BERTH_ADMIN_PASSWORD ${problem}`);
    return authFileText({ account: adminAccount, passwordHash: await bcrypt.hash(password, bcryptCost) });
  });
  const made = isNew ? { account: adminAccount, password, isRandom: givenPassword === undefined } : undefined;
  return { file, text: content, made };
}

/** True if a `BERTH_ADMIN_PASSWORD` of a later start is not the administrator's password. */
export async function isOtherPassword(
  givenPassword: string,
  passwordHash: string | undefined,
): Promise<boolean> {
  return passwordHash === undefined || !(await bcrypt.compare(givenPassword, passwordHash));
}
