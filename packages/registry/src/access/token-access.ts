/**
 * The gate of a registry with accounts: a bearer token is verified here, a password is handed to whoever can
 * check it, and everything else gets the challenge. It knows no rules.
 *
 * Every request comes through here: a token that was seen before costs one look-up, and no promise.
 *
 * Docker Registry v2 authentication via central service.
 */

import type { Access, Scope } from '@berth/acl';
import type { RequestHead } from '../request-head.ts';
import type { Algorithm } from './algorithms.ts';
import type { TokenSource } from './challenge.ts';
import { authorizationOf, type Credential, parseAuthorization } from './credentials.ts';
import type { AccessGate, Grant, Need } from './gate.ts';
import { covers, grantOf } from './grant.ts';
import { type Ask, denied, invalidToken, tooManyRequests, unauthorized } from './refusals.ts';
import { RememberedTokens } from './remembered-tokens.ts';
import { type Trust, trustOf, verifyToken } from './token.ts';
import { InvalidToken } from './token-fault.ts';
import type { TrustedKey } from './trusted-keys.ts';

/** What became of an account and password. */
export type PasswordAnswer =
  | { readonly outcome: 'granted'; readonly account: string; readonly access: readonly Access[] }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'slow-down'; readonly retryAfterSeconds: number };

/** An account and its password, sent straight to the registry, and what it is asked for. */
export interface PasswordAsk {
  readonly account: string;
  readonly password: string;
  readonly address: string;
  readonly service: string;
  readonly scopes: readonly Scope[];
}

/** May `account` pull repository `name`, by the rules? */
export interface PullAsk {
  readonly account: string;
  readonly name: string;
  readonly address: string;
  readonly service: string;
}

export interface TokenAccessOptions {
  /** Absolute URL of the token endpoint, as the client of this request sees it. */
  readonly realm: (request: RequestHead) => string;
  /** What tokens are made for (`aud`). */
  readonly service: string;
  /** Who makes them (`iss`). */
  readonly issuer: string;
  readonly keys: readonly TrustedKey[];
  /** The only algorithms that tokens may be signed with; all that fit their key if left out. */
  readonly algorithms?: readonly Algorithm[];
  /** Checks a password, where accounts are in this process; without it a password is answered with the challenge. */
  readonly grantForPassword?: (ask: PasswordAsk) => Promise<PasswordAnswer>;
  /** Asks the rules, where they are in this process. */
  readonly mayPull?: (ask: PullAsk) => boolean;
  /** The client's address, if it isn't the socket's. */
  readonly address?: (request: RequestHead) => string;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

const NO_WANTS: readonly Need[] = Object.freeze([]);

/** What every request is judged with, prepared once. */
interface Gate {
  readonly options: TokenAccessOptions;
  readonly trust: Trust;
  readonly tokens: RememberedTokens;
  readonly clock: () => number;
}

/**
 * The gate that takes tokens.
 * @throws Error for options with which nobody could get in: no key, a key that isn't public, no service or issuer
 */
export function tokenAccess(options: TokenAccessOptions): AccessGate {
  const trust = trustOf(options);
  const gate: Gate = { options, trust, tokens: new RememberedTokens(), clock: options.clock ?? Date.now };
  return Object.freeze<AccessGate>({
    recall: (request, needs) => recall(gate, request, needs),
    authorize: (request, needs, wants = NO_WANTS) => authorize(gate, request, needs, wants),
    challenge: (request, needs, grant) => denied(sourceOf(gate, request), { needs, wants: NO_WANTS }, grant),
  });
}

function recall(gate: Gate, request: RequestHead, needs: readonly Need[]): Grant | undefined {
  const header = authorizationOf(request);
  const grant = header === undefined ? undefined : gate.tokens.recall(header, gate.clock());
  return grant !== undefined && covers(grant, needs) ? grant : undefined;
}

function authorize(
  gate: Gate,
  request: RequestHead,
  needs: readonly Need[],
  wants: readonly Need[],
): Grant | Promise<Grant> {
  const header = authorizationOf(request);
  if (header === undefined) throw unauthorized(sourceOf(gate, request), { needs, wants });
  const remembered = gate.tokens.recall(header, gate.clock());
  if (remembered !== undefined) return admit(gate, request, remembered, needs, wants);
  const ask = { needs, wants };
  const credential = parseAuthorization(header);
  switch (credential.scheme) {
    case 'none':
      throw unauthorized(sourceOf(gate, request), ask);
    case 'unusable':
      throw unauthorized(sourceOf(gate, request), ask, credential.why);
    case 'basic':
      return passwordGrant(gate, request, credential, ask);
    case 'bearer': {
      const grant = tokenGrant(gate, request, { header, token: credential.token }, ask);
      return admit(gate, request, grant, needs, wants);
    }
    default:
      return credential satisfies never;
  }
}

/** The grant, if it covers the needs, with the rules where they are at hand. */
function admit(
  gate: Gate,
  request: RequestHead,
  grant: Grant,
  needs: readonly Need[],
  wants: readonly Need[],
): Grant {
  if (!covers(grant, needs)) throw denied(sourceOf(gate, request), { needs, wants }, grant);
  const { mayPull } = gate.options;
  if (mayPull === undefined) return grant;
  return withRules(gate, request, grant, mayPull);
}

/**
 * A grant that can ask the rules, made for each request, as rules may look at its address. Only its parts are
 * frozen: freezing it as well would cost as much as looking up its token.
 */
function withRules(
  gate: Gate,
  request: RequestHead,
  grant: Grant,
  mayPull: (ask: PullAsk) => boolean,
): Grant {
  const { account, holds, allows, asked } = grant;
  const { service } = gate.options;
  let address: string | undefined;
  return {
    account,
    holds,
    allows,
    asked,
    mayPull: (name) => {
      address ??= addressOf(gate, request);
      return mayPull({ account, name, address, service });
    },
  };
}

function tokenGrant(
  gate: Gate,
  request: RequestHead,
  { header, token }: { readonly header: string; readonly token: string },
  ask: Ask,
): Grant {
  try {
    const verified = verifyToken(token, gate.trust, gate.clock());
    const grant = grantOf(verified.account, verified.access);
    gate.tokens.remember(header, grant, verified.validUntilMs);
    return grant;
  } catch (error) {
    throw error instanceof InvalidToken ? invalidToken(sourceOf(gate, request), ask, error) : error;
  }
}

async function passwordGrant(
  gate: Gate,
  request: RequestHead,
  credential: Extract<Credential, { scheme: 'basic' }>,
  ask: Ask,
): Promise<Grant> {
  const { grantForPassword, service } = gate.options;
  if (grantForPassword === undefined)
    throw unauthorized(sourceOf(gate, request), ask, 'a password is taken at the realm, not here');
  const { account, password } = credential;
  const scopes = [...ask.needs, ...ask.wants].map((need) => ({ ...need, class: '' }));
  const address = addressOf(gate, request);
  const answer = await grantForPassword({ account, password, address, service, scopes });
  if (answer.outcome === 'slow-down') throw tooManyRequests(answer.retryAfterSeconds);
  if (answer.outcome === 'refused')
    throw unauthorized(sourceOf(gate, request), ask, 'account or password is wrong');
  return admit(gate, request, grantOf(answer.account, answer.access), ask.needs, ask.wants);
}

function sourceOf(gate: Gate, request: RequestHead): TokenSource {
  return { realm: gate.options.realm(request), service: gate.options.service };
}

function addressOf(gate: Gate, request: RequestHead): string {
  return gate.options.address?.(request) ?? request.socket.remoteAddress ?? '';
}
