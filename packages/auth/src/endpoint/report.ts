// What became known of a request on its way, and the event that is made of it.
import { formatScope } from '@berth/acl';
import { accessOf, type ScopeGrant } from '../authz/access.ts';
import { type AuthError, errorRow } from '../errors.ts';
import type { ScopeDecision, TokenEvent } from '../events.ts';
import { EVENT_TEXT_LENGTH } from '../limits.ts';
import type { RequestHead } from './request-head.ts';
import type { TokenRequest } from './token-request.ts';

/** Filled in step by step, so that the event of a request that failed says how far it came. */
export interface Report {
  readonly startedAtMs: number;
  readonly method: string;
  readonly url: string;
  readonly userAgent: string | undefined;
  address: string;
  asked: TokenRequest | undefined;
  account: string | undefined;
  grants: readonly ScopeGrant[];
  offline: boolean;
  error: AuthError | undefined;
  cause: unknown;
}

export function emptyReport(request: RequestHead, nowMs: number): Report {
  return {
    startedAtMs: nowMs,
    method: request.method ?? '',
    url: request.url ?? '',
    userAgent: request.headers['user-agent'],
    address: request.socket.remoteAddress ?? '',
    asked: undefined,
    account: undefined,
    grants: [],
    offline: false,
    error: undefined,
    cause: undefined,
  };
}

export function tokenEvent(report: Report, nowMs: number): TokenEvent {
  const { asked, error, grants } = report;
  const broken = error?.code === 'UNKNOWN' || error?.code === 'UNAVAILABLE';
  return {
    kind: 'token',
    method: report.method,
    path: report.url.split('?', 1)[0] ?? '', // without the query, which may hold anything
    address: report.address,
    userAgent: short(report.userAgent),
    account: short(report.account ?? accountOf(asked)),
    service: short(asked?.service),
    clientId: short(asked?.clientId),
    credentials: asked?.grant.kind,
    scopes: asked?.scopes.map(formatScope) ?? [],
    granted: accessOf(grants),
    decisions: grants.map(decisionOf),
    offline: report.offline,
    outcome: error?.code ?? 'granted',
    status: error === undefined ? 200 : errorRow(error.code).status,
    message: error?.message,
    retryAfterSeconds: error?.retryAfterSeconds,
    durationMs: nowMs - report.startedAtMs,
    cause: broken ? report.cause : undefined,
  };
}

function decisionOf({ scope, access, rule, undecided }: ScopeGrant): ScopeDecision {
  return { scope: formatScope(scope), granted: access.actions, rule, undecided };
}

/** Whose token was asked for; a refresh token that isn't valid says nothing of that. */
function accountOf(asked: TokenRequest | undefined): string | undefined {
  return asked === undefined || asked.grant.kind === 'refresh_token' ? undefined : asked.grant.account;
}

function short(text: string | undefined): string | undefined {
  return text?.slice(0, EVENT_TEXT_LENGTH);
}
