// What a client asks of the token endpoint, made of its parameters and its Authorization header. Pure.
//
// Three ways to ask: GET with Basic credentials (distribution, docs/spec/auth/token.md), POST as OAuth2
// (docs/spec/auth/oauth.md), and docker_auth's POST of a form with username and password.
import { parseScopes, type Scope, ScopeError } from '@berth/acl';
import { AuthError, badParameter } from '../errors.ts';
import { ACCOUNT_SIZE_BYTES, SCOPES_PER_REQUEST } from '../limits.ts';
import { type BasicCredentials, parseBasic } from './basic.ts';
import { type Parameters, required, single, values } from './parameters.ts';

export type Grant =
  /** No credentials: the anonymous account, or an account that needs no password. */
  | { readonly kind: 'none'; readonly account: string; readonly password: undefined }
  | { readonly kind: 'basic' | 'form' | 'password'; readonly account: string; readonly password: string }
  | { readonly kind: 'refresh_token'; readonly refreshToken: string };

export interface TokenRequest {
  readonly grant: Grant;
  /** "" where the client names none. */
  readonly service: string;
  readonly scopes: readonly Scope[];
  /** Whether a refresh token is wanted. */
  readonly offline: boolean;
  readonly clientId: string | undefined;
}

/** Reads a request; throws an AuthError (400; 401 for a malformed header) that names what is wrong. */
export function readTokenRequest(parameters: Parameters, authorization: string | undefined): TokenRequest {
  const grantType = parameters.form && single({ ...parameters, query: new URLSearchParams() }, 'grant_type');
  return grantType === undefined
    ? readPlainRequest(parameters, parseBasic(authorization))
    : readOAuthRequest(parameters, grantType);
}

function readPlainRequest(parameters: Parameters, basic: BasicCredentials): TokenRequest {
  return {
    grant: plainGrant(parameters, basic),
    service: single(parameters, 'service') ?? '',
    scopes: scopesOf(parameters),
    offline: /^(?:true|1)$/i.test(single(parameters, 'offline_token') ?? ''),
    clientId: single(parameters, 'client_id'),
  };
}

/** Basic credentials before those of a form, as in docker_auth. */
function plainGrant(parameters: Parameters, basic: BasicCredentials): Grant {
  if (basic.kind === 'malformed') {
    throw new AuthError('UNAUTHORIZED', `the Basic credentials can't be read: ${basic.reason}`);
  }
  const account = single(parameters, 'account');
  if (basic.kind === 'basic') {
    expectSameAccount(account, basic.account);
    return basic;
  }
  const { form } = parameters;
  if (form?.get('username') || form?.get('password')) {
    const credentials = formCredentials(parameters);
    expectSameAccount(account, credentials.account);
    return { kind: 'form', ...credentials };
  }
  return { kind: 'none', account: boundedAccount(account ?? '', 'account'), password: undefined };
}

function expectSameAccount(account: string | undefined, user: string): void {
  if (account === undefined || account === user) return;
  const names = `${JSON.stringify(account)} and ${JSON.stringify(user)}`;
  throw badParameter('account', `user and account are not the same (${names})`);
}

function formCredentials(parameters: Parameters): { account: string; password: string } {
  const account = boundedAccount(required(parameters, 'username'), 'username');
  return { account, password: required(parameters, 'password') };
}

function boundedAccount(account: string, parameter: string): string {
  if (Buffer.byteLength(account) > ACCOUNT_SIZE_BYTES) throw badParameter(parameter, 'it is too long');
  return account;
}

/** RFC 6749, sections 4.3.2 and 6, with the parameters that distribution adds and requires. */
function readOAuthRequest(parameters: Parameters, grantType: string): TokenRequest {
  const grant = oauthGrant(parameters, grantType);
  const service = single(parameters, 'service');
  if (service === undefined)
    throw badParameter('service', 'it is missing; it is the service of the challenge');
  const clientId = single(parameters, 'client_id');
  if (clientId === undefined)
    throw badParameter('client_id', 'it is missing; any name of the client will do');
  const accessType = single(parameters, 'access_type') ?? 'online';
  if (accessType !== 'online' && accessType !== 'offline') {
    throw badParameter('access_type', 'it is "online" or "offline"');
  }
  return { grant, service, clientId, scopes: scopesOf(parameters), offline: accessType === 'offline' };
}

function oauthGrant(parameters: Parameters, grantType: string): Grant {
  switch (grantType) {
    case 'password':
      return { kind: 'password', ...formCredentials(parameters) };
    case 'refresh_token':
      return { kind: 'refresh_token', refreshToken: required(parameters, 'refresh_token') };
    default:
      throw new AuthError('UNSUPPORTED_GRANT_TYPE', 'grant_type: it is "password" or "refresh_token"', {
        detail: { parameter: 'grant_type' },
      });
  }
}

function scopesOf(parameters: Parameters): readonly Scope[] {
  const texts = values(parameters, 'scope');
  try {
    const scopes = parseScopes(texts);
    if (scopes.length <= SCOPES_PER_REQUEST) return scopes;
  } catch (error) {
    if (!(error instanceof ScopeError)) throw error;
    throw badParameter('scope', error.message);
  }
  throw badParameter('scope', `more than ${SCOPES_PER_REQUEST} in one request`);
}
