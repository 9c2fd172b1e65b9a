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
import { errorAnswer, type JsonAnswer, toAuthError, tokenAnswer, writeAnswer } from './answer.ts';
import { readForm } from './form.ts';
import { parametersOf } from './parameters.ts';
import { emptyReport, type Report, tokenEvent } from './report.ts';
import type { RequestHead } from './request-head.ts';
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

/** What is left to be signed. */
interface Decided {
  readonly asked: TokenRequest;
  readonly account: string;
  readonly grants: readonly ScopeGrant[];
}

/** Answers one request to the token endpoint, and then tells the observer. Never rejects. */
export async function serveToken(
  server: TokenServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const report = emptyReport(request, server.clock());
  const answer = await issueToken(server, request, report).catch((thrown: unknown) =>
    refusal(server, report, thrown),
  );
  writeAnswer(response, answer);
  tell(server, report);
}

/**
 * Answers through `reply` as soon as the token is signed, or gives false and has done nothing: what has to wait for
 * anything else, and what isn't given a token, is answered by `serveToken`, to the same effect.
 */
export function serveTokenQuickly(
  server: TokenServer,
  head: RequestHead,
  reply: (answer: JsonAnswer) => void,
): boolean {
  if (head.method !== 'GET') return false;
  const report = emptyReport(head, server.clock());
  const decided = decideNow(server, head, report);
  if (decided === undefined) return false;
  void signToken(server, decided, report)
    .catch((thrown: unknown) => refusal(server, report, thrown))
    .then((answer) => {
      reply(answer);
      tell(server, report);
    });
  return true;
}

/** Undefined where it takes a while, or where the answer is no. */
function decideNow(server: TokenServer, head: RequestHead, report: Report): Decided | undefined {
  try {
    report.address = clientAddress(head, server.options);
    const asked = readRequest(head, undefined, report);
    const identified = identifyClient(server, asked, report.address);
    const decided = identified instanceof Promise ? identified : decide(server, asked, identified, report);
    if (!(decided instanceof Promise)) return decided;
    // Whoever answers asks the same again, and gets the answer of this check; nobody else waits for it.
    decided.catch(() => {});
    return undefined;
  } catch {
    return undefined;
  }
}

function refusal({ options }: TokenServer, report: Report, thrown: unknown): JsonAnswer {
  report.error = toAuthError(thrown);
  report.cause = thrown instanceof AuthError ? thrown.cause : thrown;
  return errorAnswer(report.error, { issuer: options.issuer, method: report.method });
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
): Promise<JsonAnswer> {
  report.address = clientAddress(request, server.options);
  expectMethod(request);
  const form = request.method === 'POST' ? await readForm(request) : undefined;
  const asked = readRequest(request, form, report);
  const identified = await identifyClient(server, asked, report.address);
  return signToken(server, await decide(server, asked, identified, report), report);
}

function readRequest(head: RequestHead, form: URLSearchParams | undefined, report: Report): TokenRequest {
  const asked = readTokenRequest(parametersOf(head.url ?? '', form), head.headers.authorization);
  report.asked = asked;
  return asked;
}

function decide(
  { sources }: TokenServer,
  asked: TokenRequest,
  identified: Identified,
  report: Report,
): Decided | Promise<Decided> {
  report.account = identified.account;
  const subject = { ...identified, service: asked.service, address: report.address };
  const grants = grantAccess(sources, subject, asked.scopes);
  const { account } = identified;
  return grants instanceof Promise
    ? grants.then((later) => ({ asked, account, grants: later }))
    : { asked, account, grants };
}

async function signToken(
  server: TokenServer,
  { asked, account, grants }: Decided,
  report: Report,
): Promise<JsonAnswer> {
  report.grants = grants;
  const nowMs = server.clock();
  const content = { account, service: asked.service, access: accessOf(grants) };
  const signed = await server.signAccessToken(content, nowMs);
  const refreshToken = refreshTokenFor(server, asked, account, nowMs);
  report.offline = refreshToken !== undefined;
  return tokenAnswer({ ...signed, scope: grantedScope(asked, grants), refreshToken });
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
