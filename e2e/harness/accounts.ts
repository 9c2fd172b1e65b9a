/**
 * The accounts and rules of a case, as a docker_auth file that is written for it. Passwords are drawn when the
 * case runs.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import type { Place } from './place.ts';

export interface Account {
  readonly name: string;
  readonly password: string;
}

/** What goes into a docker_auth file; JSON is YAML. */
export interface AuthFile {
  readonly server: {
    readonly addr: string;
    readonly certificate?: string;
    readonly key?: string;
    readonly letsencrypt?: Readonly<Record<string, string>>;
  };
  readonly token: {
    readonly issuer: string;
    readonly expiration: number;
    readonly certificate?: string;
    readonly key?: string;
    readonly disable_legacy_key_id?: boolean;
  };
  readonly users: Readonly<Record<string, { readonly password?: string }>>;
  readonly acl: readonly {
    readonly match: Readonly<Record<string, string>>;
    readonly actions: readonly string[];
  }[];
}

/** bcrypt's lowest cost: the cases are not about passwords. */
const BCRYPT_COST = 4;

export function newAccount(name: string): Account {
  return { name, password: randomBytes(12).toString('base64url') };
}

/**
 * The people of every case: `alice` may do everything in alice/ and pull the rest, `reader` may only pull, `admin`
 * may do everything, and a stranger may pull what is in public/.
 */
export function usualPeople(): { alice: Account; reader: Account; admin: Account; authFile: AuthFile } {
  const people = { alice: newAccount('alice'), reader: newAccount('reader'), admin: newAccount('admin') };
  const authFile: AuthFile = {
    server: { addr: '127.0.0.1:0' },
    token: { issuer: 'berth-e2e', expiration: 900 },
    users: { ...hashed(Object.values(people)), '': {} },
    acl: [
      { match: { account: 'admin' }, actions: ['*'] },
      { match: { account: 'reader' }, actions: ['pull'] },
      { match: { account: '/.+/', name: `${'$'}{account}/*` }, actions: ['*'] },
      { match: { account: '/.+/' }, actions: ['pull'] },
      { match: { account: '', name: 'public/*' }, actions: ['pull'] },
    ],
  };
  return { ...people, authFile };
}

/** Writes it into the place; its name. */
export function writeAuthFile(place: Place, authFile: AuthFile): string {
  const file = join(place.dir('configuration'), 'auth.yml');
  writeFileSync(file, JSON.stringify(authFile, null, 2), { mode: 0o600 });
  return file;
}

function hashed(accounts: readonly Account[]): AuthFile['users'] {
  return Object.fromEntries(
    accounts.map(({ name, password }) => [name, { password: hashSync(password, BCRYPT_COST) }]),
  );
}
