// The token server: who are you, what may you do, signed. Put together here from its parts.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Access, Scope } from '@berth/acl';
import type { Router } from 'express';
import { type Authenticator, identify, recall } from './authn/authenticator.ts';
import { BcryptPool } from './authn/bcrypt-pool.ts';
import { htpasswd } from './authn/htpasswd.ts';
import { nobody } from './authn/nobody.ts';
import { Passwords } from './authn/passwords.ts';
import { RightPasswords } from './authn/right-passwords.ts';
import { staticUsers } from './authn/static-users.ts';
import { WrongPasswords } from './authn/wrong-passwords.ts';
import { accessOf, accessRequest, grantAccess } from './authz/access.ts';
import { type StaticAcl, staticAcl } from './authz/static-acl.ts';
import { type JsonAnswer, jsonAnswer, writeAnswer } from './endpoint/answer.ts';
import type { RequestHead } from './endpoint/request-head.ts';
import { serveToken, serveTokenQuickly, type TokenServer } from './endpoint/token-endpoint.ts';
import { AuthError } from './errors.ts';
import { JWKS_MAX_AGE_SECONDS } from './limits.ts';
import { type AuthOptions, checkOptions } from './options.ts';
import { accessTokenSigner } from './tokens/access-token.ts';
import { jwksOf, type PublicJwk } from './tokens/jwks.ts';
import { RefreshTokens } from './tokens/refresh-token.ts';

export interface PasswordAsk {
  readonly account: string;
  readonly password: string;
  readonly address: string;
  readonly service: string;
  readonly scopes: readonly Scope[];
}

export type PasswordAnswer =
  | { readonly outcome: 'granted'; readonly account: string; readonly access: readonly Access[] }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'slow-down'; readonly retryAfterSeconds: number };

export interface MayPullAsk {
  readonly account: string;
  readonly name: string;
  readonly address: string;
  readonly service: string;
}

export interface Auth {
  /**
   * An Express router: GET and POST `<prefix>/auth`, `/auth/token`, `/token`; GET `<prefix>/auth/jwks.json`. Express is
   * loaded with the first of them: whoever takes `tokenListener` may never need it.
   */
  router(): Promise<Router>;
  /** Where tokens are given out, in the router and by `tokenListener`. */
  readonly tokenPaths: ReadonlySet<string>;
  /** Answers a request to one of `tokenPaths`, for whoever finds the way there without a framework. */
  readonly tokenListener: RequestListener;
  /**
   * Answers a request to one of `tokenPaths` through `reply` as soon as its token is signed, or gives false and has
   * done nothing: what has to wait for more, or isn't given a token, is the listener's.
   */
  readonly quickTokenListener: (head: RequestHead, reply: (answer: JsonAnswer) => void) => boolean;
  /** The public keys of the tokens, under every `kid` that one may carry. */
  jwks(): { keys: PublicJwk[] };
  /** What a token for these credentials would hold. Rejects with an AuthError where nobody can say now. */
  grantForPassword(ask: PasswordAsk): Promise<PasswordAnswer>;
  /** Whether the rules let the account pull the repository, with its labels as far as they are known. */
  mayPull(ask: MayPullAsk): boolean;
  /** Ends the bcrypt threads; password checks that still run fail. */
  close(): Promise<void>;
}

/**
 * Makes a token server. Cheap: threads start with the first password; an htpasswd file is read at once.
 * Throws StaticUserError, HtpasswdError or RangeError for options that it can't work with.
 */
export function createAuth(options: AuthOptions): Auth {
  checkOptions(options);
  const clock = options.clock ?? Date.now;
  const pool = new BcryptPool({ program: options.bcryptProgram, threads: options.bcryptThreads });
  const attempts = options.loginAttempts ?? new WrongPasswords(clock);
  const passwords = new Passwords(pool, new RightPasswords(clock), attempts);
  const acl = staticAcl(options.rules);
  const refreshTokens = new RefreshTokens(options.refreshTokens);
  const methods = methodsOf(options, passwords, clock);
  const signAccessToken = accessTokenSigner(options);
  const server: TokenServer = { options, methods, sources: [acl], signAccessToken, refreshTokens, clock };
  const jwks = jwksOf(options.signer);
  const prefix = (options.pathPrefix ?? '').replace(/\/$/, '');
  const tokenPaths = new Set(['/auth', '/auth/token', '/token'].map((path) => prefix + path));
  const tokenListener: RequestListener = (request, response) => void serveToken(server, request, response);
  return {
    router: () => routerOf({ prefix, jwks, tokenPaths, tokenListener }),
    tokenPaths,
    tokenListener,
    quickTokenListener: (head, reply) => serveTokenQuickly(server, head, reply),
    jwks: () => structuredClone(jwks),
    grantForPassword: (ask) => grantForPassword(server, ask),
    mayPull: (ask) => mayPull(methods, acl, ask),
    close: () => pool.close(),
  };
}

/** In docker_auth's order. */
function methodsOf(options: AuthOptions, passwords: Passwords, clock: () => number): Authenticator[] {
  const methods: Authenticator[] = [];
  if (options.users !== undefined) methods.push(staticUsers(options.users, passwords));
  if (options.htpasswdFile !== undefined) {
    const onError = ({ file, line, message }: { file: string; line: number | undefined; message: string }) =>
      options.onEvent?.({ kind: 'htpasswd', file, line, message });
    methods.push(htpasswd({ file: options.htpasswdFile, passwords, clock, onError }));
  }
  return [...methods, nobody(passwords)];
}

interface Routes extends Pick<Auth, 'tokenPaths' | 'tokenListener'> {
  readonly prefix: string;
  readonly jwks: { keys: PublicJwk[] };
}

async function routerOf({ prefix, jwks, tokenPaths, tokenListener }: Routes): Promise<Router> {
  const express = await import('express');
  const router = express.Router({ caseSensitive: true, strict: true });
  const keys = jsonAnswer(200, JSON.stringify(jwks), [
    'Cache-Control',
    `public, max-age=${JWKS_MAX_AGE_SECONDS}`,
  ]);
  router.get(literal(`${prefix}/auth/jwks.json`), (_request: IncomingMessage, response: ServerResponse) =>
    writeAnswer(response, keys),
  );
  router.all([...tokenPaths].map(literal), tokenListener);
  return router;
}

/** A path that stands for itself, in the router's grammar. */
function literal(path: string): string {
  return path.replace(/[^\w/-]/g, '\\$&');
}

async function grantForPassword(
  { methods, sources }: TokenServer,
  ask: PasswordAsk,
): Promise<PasswordAnswer> {
  const { account, password, address, service, scopes } = ask;
  const identity = await identify(methods, { account, password, address });
  if (identity.answer === 'slow-down') {
    return { outcome: 'slow-down', retryAfterSeconds: identity.retryAfterSeconds };
  }
  if (identity.answer === 'away') throw new AuthError('UNAVAILABLE', identity.reason);
  if (identity.answer !== 'yes') return { outcome: 'refused' };
  const subject = { account, labels: identity.labels, service, address };
  const grants = await grantAccess(sources, subject, scopes);
  return { outcome: 'granted', account, access: accessOf(grants) };
}

function mayPull(methods: readonly Authenticator[], acl: StaticAcl, ask: MayPullAsk): boolean {
  const labels = recall(methods, ask.account)?.labels ?? {};
  const subject = { account: ask.account, labels, service: ask.service, address: ask.address };
  const scope = { type: 'repository', name: ask.name, actions: ['pull'] };
  const decided = acl.authorize(accessRequest(subject, scope));
  return decided.answer === 'yes' && decided.actions.includes('pull');
}
