// The token endpoint: a request's way from its bytes to a token, step by step in the order of distribution's
// token specification. Each step takes values and gives values; whatever can't go on throws an AuthError.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatScope, type Labels } from '@berth/acl';
import {
  type Authenticator,
  type Credentials,
  type Identity,
  identify,
  recall,
} from '../authn/authenticator.ts';
import { accessOf, grantAccess, type ScopeGrant } from '../authz/access.ts';
import type { Authorizer } from '../authz/authorizer.ts';
import { AuthError, errorRow } from '../errors.ts';
import type { AuthOptions } from '../options.ts';
import type { SignAccessToken } from '../tokens/access-token.ts';
import type { RefreshTokens } from '../tokens/refresh-token.ts';
import { clientAddress } from './address.ts';
import { answerError, answerToken, type TokenAnswer, toAuthError } from './answer.ts';
import { readForm } from './form.ts';
import { parametersOf } from './parameters.ts';
import { emptyReport, type Report, tokenEvent } from './report.ts';
import { readTokenRequest, type TokenRequest } from './token-request.ts';

/** Who decides; made once per token server. */
export interface TokenServer {
  readonly options: AuthOptions;
  readonly methods: readonly Authenticator[];
  readonly sources: readonly Authorizer[];
  readonly signAccessToken: SignAccessToken;
  readonly refreshTokens: RefreshTokens;
  readonly clock: () => number;
}

interface Identified {
  readonly account: string;
  readonly labels: Labels;
}

/** Answers one request to the token endpoint, and then tells the observer. Never rejects. */
export async function serveToken(
  server: TokenServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const report = emptyReport(request, server.clock());
  try {
    answerToken(response, await issueToken(server, request, report));
  } catch (thrown) {
    report.error = toAuthError(thrown);
    report.cause = thrown instanceof AuthError ? thrown.cause : thrown;
    answerError(response, report.error, { issuer: server.options.issuer, method: request.method ?? '' });
  }
  tell(server, report);
}

/** Makes the event only where somebody looks at it. */
function tell({ options, clock }: TokenServer, report: Report): void {
  if (options.onEvent === undefined) return;
  const status = report.error === undefined ? 200 : errorRow(report.error.code).status;
  if (options.isObserved?.(status) ?? true) options.onEvent(tokenEvent(report, clock()));
}

async function issueToken(
  server: TokenServer,
  request: IncomingMessage,
  report: Report,
): Promise<TokenAnswer> {
  const address = clientAddress(request, server.options);
  report.address = address;
  expectMethod(request);
  const form = request.method === 'POST' ? await readForm(request) : undefined;
  const asked = readTokenRequest(parametersOf(request.url ?? '', form), request.headers.authorization);
  report.asked = asked;
  const identity = identifyClient(server, asked, address);
  const identified = identity instanceof Promise ? await identity : identity;
  report.account = identified.account;
  const subject = { ...identified, service: asked.service, address };
  const grants = await grantAccess(server.sources, subject, asked.scopes);
  report.grants = grants;
  const nowMs = server.clock();
  const content = { account: identified.account, service: asked.service, access: accessOf(grants) };
  const signed = await server.signAccessToken(content, nowMs);
  const refreshToken = refreshTokenFor(server, asked, identified.account, nowMs);
  report.offline = refreshToken !== undefined;
  return { ...signed, scope: grantedScope(asked, grants), refreshToken };
}

function expectMethod({ method = '' }: IncomingMessage): void {
  if (method === 'GET' || method === 'HEAD' || method === 'POST') return;
  throw new AuthError('METHOD_NOT_ALLOWED', 'a token is asked for with GET or POST');
}

function identifyClient(
  server: TokenServer,
  { grant, service }: TokenRequest,
  address: string,
): Identified | Promise<Identified> {
  if (grant.kind === 'refresh_token') return redeem(server, grant.refreshToken, service);
  const credentials = { account: grant.account, password: grant.password, address };
  const identity = identify(server.methods, credentials);
  return identity instanceof Promise
    ? identity.then((answer) => identifiedBy(answer, credentials))
    : identifiedBy(identity, credentials);
}

function redeem(server: TokenServer, token: string, service: string): Identified {
  const byName = (account: string) => recall(server.methods, account);
  const known = server.refreshTokens.verify(token, service, byName, server.clock());
  if (known !== undefined) return known;
  throw new AuthError('INVALID_GRANT', 'the refresh token is not valid or no longer so; log in again');
}

/** Throws an AuthError for everything but a yes. */
function identifiedBy(identity: Identity, credentials: Credentials): Identified {
  switch (identity.answer) {
    case 'yes':
      return { account: credentials.account, labels: identity.labels };
    case 'no':
    case 'not-mine':
      throw new AuthError(
        'UNAUTHORIZED',
        credentials.password === undefined ? 'authentication required' : 'wrong account or password',
      );
    case 'slow-down':
      throw slowDown(identity.retryAfterSeconds);
    case 'away':
      throw new AuthError('UNAVAILABLE', `nobody can check the password now: ${identity.reason}`);
    default:
      return identity satisfies never;
  }
}

function slowDown(retryAfterSeconds: number): AuthError {
  const message = `too many attempts to log in; try again in ${retryAfterSeconds} s`;
  return new AuthError('TOOMANYREQUESTS', message, { retryAfterSeconds, detail: { retryAfterSeconds } });
}

/** With OAuth2 the answer says what was granted (oauth.md, "Response fields"). */
function grantedScope({ grant }: TokenRequest, grants: readonly ScopeGrant[]): string | undefined {
  if (grant.kind !== 'password' && grant.kind !== 'refresh_token') return undefined;
  const granted = accessOf(grants).filter(({ actions }) => actions.length > 0);
  return granted.map(formatScope).join(' ');
}

/** A refresh grant gets the token back that it came with; the anonymous account has nothing to keep. */
function refreshTokenFor(
  server: TokenServer,
  { grant, offline, service }: TokenRequest,
  account: string,
  nowMs: number,
): string | undefined {
  if (grant.kind === 'refresh_token') return offline ? grant.refreshToken : undefined;
  const known = offline && account !== '' ? recall(server.methods, account) : undefined;
  return known && server.refreshTokens.issue({ account, service }, known, nowMs);
}
