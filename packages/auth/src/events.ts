// What an observer is told, after the answer. Never a password, a token or a hash.
import type { Access } from '@berth/acl';
import type { AuthErrorCode } from './errors.ts';

/** How the client showed who it is. */
export type CredentialKind = 'none' | 'basic' | 'form' | 'password' | 'refresh_token';

export interface ScopeDecision {
  /** As asked, in the words of the scope grammar. */
  readonly scope: string;
  readonly granted: readonly string[];
  /** The rule that decided: its place in the list, from 0, and its comment. */
  readonly rule: { readonly index: number; readonly comment: string | undefined } | undefined;
  /** Why the rule could not be decided, where that is why nothing is granted. */
  readonly undecided: string | undefined;
}

/** One per request to the token endpoint. */
export interface TokenEvent {
  readonly kind: 'token';
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** As far as the request was understood; a name from outside, cut to 256 characters. */
  readonly account: string | undefined;
  readonly service: string | undefined;
  readonly clientId: string | undefined;
  readonly credentials: CredentialKind | undefined;
  readonly scopes: readonly string[];
  readonly granted: readonly Access[];
  readonly decisions: readonly ScopeDecision[];
  /** Whether a refresh token was given out. */
  readonly offline: boolean;
  readonly outcome: 'granted' | AuthErrorCode;
  readonly status: number;
  /** What the client was told. */
  readonly message: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly durationMs: number;
  /** Only where something broke (UNKNOWN, UNAVAILABLE). */
  readonly cause: unknown;
}

/** The htpasswd file changed and can't be used; what was read before stays in force. */
export interface HtpasswdEvent {
  readonly kind: 'htpasswd';
  readonly file: string;
  readonly line: number | undefined;
  readonly message: string;
}

export type AuthEvent = TokenEvent | HtpasswdEvent;
