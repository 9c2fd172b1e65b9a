/**
 * Who gets in: the contract between the listener and whatever decides. The listener says what a route needs and
 * gets a grant, or the error to answer with. It knows neither tokens nor passwords.
 *
 * Docker Registry v2 authentication via central service; distribution-spec v1.1.1, "Authentication".
 */

import type { Access } from '@berth/acl';
import type { RegistryError } from '../errors.ts';
import type { RequestHead } from '../request-head.ts';

/** What a route needs: all of `actions` on it. */
export interface Need {
  readonly type: 'repository' | 'registry';
  readonly name: string;
  readonly actions: readonly string[];
}

/** What the bearer may do: a value that nobody changes, made for the request or remembered with its token. */
export interface Grant {
  /** Who it is; '' where nobody logged in. */
  readonly account: string;
  /** What the credential says, entry for entry: for messages and logs. Decisions ask `allows`. */
  readonly holds: readonly Access[];
  /** May the bearer do this? An entry with the action `*` allows every action. */
  allows(type: string, name: string, action: string): boolean;
  /** Does the grant speak of this at all? An entry without actions was asked for and not granted. */
  asked(type: string, name: string): boolean;
  /** May the bearer pull this repository, by the rules? Undefined where the rules are in another process. */
  readonly mayPull: ((name: string) => boolean) | undefined;
}

export interface AccessGate {
  /**
   * The grant of a credential that was seen before, is still valid and covers the needs. Hot path.
   * @returns undefined for every other request, which `authorize` is to judge
   */
  recall?(request: RequestHead, needs: readonly Need[]): Grant | undefined;
  /**
   * The grant of this request: synchronous for every token, a promise for a password.
   * @param needs what the bearer must be allowed; [] asks only for a valid credential
   * @param wants what may be missing (a mount's `from`, the whole catalog): a challenge names it beside the
   *   needs and a password asks for it, so that the grant can speak of it
   * @throws RegistryError UNAUTHORIZED (no credential, or one that isn't valid), DENIED (a valid one that lacks
   *   a need), both 401 with WWW-Authenticate; TOOMANYREQUESTS (429, Retry-After). From the call itself or as
   *   the promise's rejection.
   */
  authorize(request: RequestHead, needs: readonly Need[], wants?: readonly Need[]): Grant | Promise<Grant>;
  /** The 401 for needs that came up later (a mount whose `from` the token says nothing of): same form. */
  challenge(request: RequestHead, needs: readonly Need[], grant: Grant): RegistryError;
}
