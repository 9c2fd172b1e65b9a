// Berth's registry in front of another token server (auth.token.upstream), so that clients know one address: requests to
// one path go to one URL, and its answers come back. Nothing that a client sends changes where they go.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { AuthError, errorRow, readFormBytes } from '@berth/auth';
import { clientAddressOf } from '../http/client-address.ts';
import { ownAddress } from '../http/realm.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import type { RequestLine } from '../log/format.ts';
import type { Log } from '../log/log.ts';
import { logOtherRequest } from '../log/request-lines.ts';
import { createUpstream, type Upstream, type UpstreamAnswer, type UpstreamSettings } from './ask-upstream.ts';
import { headersFromUpstream, headersToUpstream } from './passed-headers.ts';
import { UpstreamError } from './upstream-error.ts';

export interface TokenUpstreamOptions {
  readonly settings: UpstreamSettings;
  /** The only one that is passed on. */
  readonly path: string;
  readonly proxies: TrustedProxies;
  readonly log: Log;
  /** Made of `settings` unless it is given. */
  readonly upstream?: Upstream;
}

export interface TokenUpstream {
  readonly tokenPaths: ReadonlySet<string>;
  readonly tokenListener: RequestListener;
  close(): void;
}

export function tokenUpstream(options: TokenUpstreamOptions): TokenUpstream {
  const { settings, path, proxies, log, upstream = createUpstream(settings) } = options;
  const address = clientAddressOf(proxies, { header: undefined, position: 0 });
  const via = `1.1 berth-${randomBytes(6).toString('hex')}`;
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const forwarded = { address: address(request), ...ownAddress(proxies, request), via };
    let outcome: Outcome = {};
    logOtherRequest(log, request, response, forwarded.address, () => outcome);
    try {
      const method = methodOf(request);
      if (request.headers.via?.includes(via)) throw loop();
      const body = method === 'POST' ? await readFormBytes(request) : undefined;
      const headers = headersToUpstream(request.headers, forwarded);
      const query = queryOf(request.url ?? '');
      const answer = await upstream.ask({ method, query, headers, body, signal: whileOpen(response) });
      write(response, withoutRedirect(answer));
    } catch (error) {
      outcome = refuse(response, error, settings.url);
    }
  };
  return {
    tokenPaths: new Set([path]),
    tokenListener: (request, response) => void pass(request, response),
    close: () => upstream.close(),
  };
}

type Outcome = Partial<Pick<RequestLine, 'errorCode' | 'errorMessage' | 'cause'>>;

/** HEAD would need an answer's length without the answer, which nobody asks of a token. */
function methodOf({ method }: IncomingMessage): 'GET' | 'POST' {
  if (method === 'GET' || method === 'POST') return method;
  throw new AuthError('METHOD_NOT_ALLOWED', 'a token is asked for with GET or POST');
}

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}

/** Aborted when the client goes away before its answer is out. */
function whileOpen(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.closed) controller.abort();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function loop(): UpstreamError {
  return new UpstreamError({
    status: 508,
    words: 'sends requests back to this registry',
    remedy: 'auth.token.upstream has to be the address of another server',
  });
}

/** A client that followed one with a password would go past the registry, or to an address that only the registry knows. */
function withoutRedirect(answer: UpstreamAnswer): UpstreamAnswer {
  if (answer.status < 300 || answer.status >= 400) return answer;
  const index = answer.rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'location');
  const to = index === -1 ? 'nowhere' : answer.rawHeaders[index + 1]?.split('?', 1)[0];
  throw new UpstreamError({
    status: 502,
    words: `answered ${answer.status}, a redirect`,
    remedy: `It leads to ${to}: auth.token.upstream has to be where tokens are given`,
  });
}

function write(response: ServerResponse, { status, rawHeaders, body }: UpstreamAnswer): void {
  if (response.destroyed) return;
  const headers = headersFromUpstream(rawHeaders, (name) => response.hasHeader(name));
  if (status !== 204) response.setHeader('Content-Length', body.byteLength);
  response.writeHead(status, headers).end(body);
}

interface Refusal extends Outcome {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** @returns what the log tells of it */
function refuse(response: ServerResponse, error: unknown, url: string): Outcome {
  const { status, code, message, ...logged } = refusalOf(error, url);
  const outcome = { errorCode: code, errorMessage: message, ...logged };
  if (response.headersSent) response.destroy();
  if (response.headersSent || response.destroyed) return outcome;
  const body = Buffer.from(`${JSON.stringify({ errors: [{ code, message }] })}\n`);
  // docker shows the words of the status line alone where a status is 500 or above.
  const reason = status > 500 ? `${reasons[status] ?? 'Error'} (${message.split(':', 1)[0]})` : undefined;
  response.setHeader('Content-Length', body.byteLength);
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...(status === 405 && { Allow: 'GET, POST' }),
  };
  if (reason === undefined) response.writeHead(status, headers).end(body);
  else response.writeHead(status, reason, headers).end(body);
  return outcome;
}

const reasons: Readonly<Record<number, string>> = {
  502: 'Bad Gateway',
  504: 'Gateway Timeout',
  508: 'Loop Detected',
};

function refusalOf(error: unknown, url: string): Refusal {
  if (error instanceof AuthError) {
    const { status, code } = errorRow(error.code);
    return { status, code, message: error.message };
  }
  if (error instanceof UpstreamError) {
    const { status, words, remedy } = error.failure;
    const message = `the token server behind this registry ${words}`;
    const cause = error.cause instanceof Error ? error.cause.message : undefined;
    const errorMessage = `auth.token.upstream ${url} ${words}. ${remedy}`;
    return { status, code: 'UNAVAILABLE', message, errorMessage, ...(cause !== undefined && { cause }) };
  }
  const cause = error instanceof Error ? error.stack : String(error);
  return { status: 500, code: 'UNKNOWN', message: 'unknown error', cause };
}
