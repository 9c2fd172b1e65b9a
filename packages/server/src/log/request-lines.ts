// The events of the registry and of the token endpoint, and the requests that neither knows, as lines of the log.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthEvent, TokenEvent } from '@berth/auth';
import type { RegistryEvent } from '@berth/registry';
import { clip, type RequestLine } from './format.ts';
import type { Log } from './log.ts';

export function logRegistryEvent(log: Log, event: RegistryEvent): void {
  log.request({
    method: event.method,
    path: event.path,
    status: event.status,
    sentBytes: event.sentBytes,
    receivedBytes: event.receivedBytes,
    durationMs: event.durationMs,
    account: event.account,
    address: event.address,
    userAgent: clipped(event.userAgent),
    requestId: event.requestId,
    errorCode: event.errorCode,
    errorMessage: event.errorMessage,
    cause: causeText(event.cause),
    scopes: undefined,
  });
}

export function logAuthEvent(log: Log, event: AuthEvent): void {
  if (event.kind === 'token') log.request(tokenLine(event));
  else log.warn(`${event.file}${event.line === undefined ? '' : `:${event.line}`}: ${event.message}`);
}

function tokenLine(event: TokenEvent): RequestLine {
  return {
    method: event.method,
    path: event.path,
    status: event.status,
    sentBytes: undefined,
    receivedBytes: undefined,
    durationMs: event.durationMs,
    account: event.account,
    address: event.address,
    userAgent: clipped(event.userAgent),
    requestId: undefined,
    errorCode: event.outcome === 'granted' ? undefined : event.outcome,
    errorMessage: event.message,
    cause: causeText(event.cause),
    scopes: scopesText(event),
  };
}

/** `repository:a/b:pull,push -> pull (rule 3)`: rules are counted from 1, as people count them in their file. */
function scopesText({ decisions }: TokenEvent): string | undefined {
  const texts = decisions.map(({ scope, granted, rule }) => {
    const by = rule === undefined ? 'no rule' : `rule ${rule.index + 1}`;
    return `${scope} -> ${granted.join(',') || 'nothing'} (${by})`;
  });
  return texts.length === 0 ? undefined : texts.join('; ');
}

/**
 * Logs a request that is neither the registry's nor the token endpoint's, when its answer is out.
 * @param outcome what went wrong, asked then
 */
export function logOtherRequest(
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
  address: string | undefined,
  outcome: () => Partial<RequestLine> = () => ({}),
): void {
  const startedMs = performance.now();
  const path = request.url?.split('?', 1)[0] ?? '/';
  response.once('close', () => {
    log.request({
      method: request.method ?? 'GET',
      path,
      // 499: the client went away before the answer.
      status: response.writableFinished ? response.statusCode : 499,
      sentBytes: Number(response.getHeader('content-length') ?? 0),
      receivedBytes: undefined,
      durationMs: performance.now() - startedMs,
      account: undefined,
      address,
      userAgent: clipped(request.headers['user-agent']),
      requestId: undefined,
      errorCode: undefined,
      errorMessage: undefined,
      cause: undefined,
      scopes: undefined,
      ...outcome(),
    });
  });
}

function clipped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : clip(text);
}

function causeText(cause: unknown): string | undefined {
  if (cause === undefined || cause === null) return undefined;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
