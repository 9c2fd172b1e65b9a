// Who are you? One method of finding out per file, behind this interface; asked in docker_auth's order.
import type { Labels } from '@berth/acl';

export interface Credentials {
  /** "" is the anonymous account. */
  readonly account: string;
  /** Undefined when the client sent none, which is not a guess at one. */
  readonly password: string | undefined;
  /** Where the client is, as far as that is known. */
  readonly address: string;
}

/** "no" ends the round, "not-mine" passes the question on, "away" means that nobody can say now. */
export type Identity =
  | { readonly answer: 'yes'; readonly labels: Labels }
  | { readonly answer: 'no' }
  | { readonly answer: 'not-mine' }
  | { readonly answer: 'slow-down'; readonly retryAfterSeconds: number }
  | { readonly answer: 'away'; readonly reason: string };

/** An account as its method knows it without a password at hand. */
export interface KnownAccount {
  readonly labels: Labels;
  /** Changes when the password does. Not a secret to log, though: it may be the hash. */
  readonly credential: string;
}

export interface Authenticator {
  readonly name: string;
  authenticate(credentials: Credentials): Promise<Identity> | Identity;
  /** Only for methods that know their accounts by heart: refresh tokens and the catalog ask it. */
  readonly recall?: (account: string) => KnownAccount | undefined;
}

/**
 * Asks each method in turn until one says something about the account; nobody's account is a "not-mine". A promise only
 * where a method has to wait for its answer.
 */
export function identify(
  methods: readonly Authenticator[],
  credentials: Credentials,
): Identity | Promise<Identity> {
  for (const [index, method] of methods.entries()) {
    const identity = method.authenticate(credentials);
    if (identity instanceof Promise) return identifyLater(identity, methods.slice(index + 1), credentials);
    if (identity.answer !== 'not-mine') return identity;
  }
  return { answer: 'not-mine' };
}

async function identifyLater(
  asked: Promise<Identity>,
  others: readonly Authenticator[],
  credentials: Credentials,
): Promise<Identity> {
  const identity = await asked;
  return identity.answer === 'not-mine' ? identify(others, credentials) : identity;
}

/** The account as the first method that has it knows it. */
export function recall(methods: readonly Authenticator[], account: string): KnownAccount | undefined {
  for (const method of methods) {
    const known = method.recall?.(account);
    if (known !== undefined) return known;
  }
  return undefined;
}
