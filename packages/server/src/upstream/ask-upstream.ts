// One request to the token server behind the registry, within limits: it is answered whole or not at all, so that an answer
// that breaks off becomes an error that a client can read.

import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { errorCode } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { connectionFailure, lateFailure, UpstreamError } from './upstream-error.ts';

export interface UpstreamSettings {
  /** `http:` or `https:`, without a query. */
  readonly url: string;
  /** PEM: who has to have signed its certificate; undefined: one of Node's authorities. */
  readonly ca: string | undefined;
}

export type UpstreamLimits = Pick<
  typeof serverLimits,
  'upstreamConnectMs' | 'upstreamAnswerMs' | 'upstreamAnswerBytes' | 'upstreamIdleMs' | 'upstreamConnections'
>;

export interface UpstreamAsk {
  readonly method: 'GET' | 'POST';
  /** From the question mark on, or ''. As the client sent it. */
  readonly query: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | undefined;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

export interface UpstreamAnswer {
  readonly status: number;
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Upstream {
  /** Rejects with an UpstreamError, or with the reason of the signal. */
  ask(ask: UpstreamAsk): Promise<UpstreamAnswer>;
  /** Ends the connections that wait for the next request. */
  close(): void;
}

export function createUpstream(
  { url, ca }: UpstreamSettings,
  limits: Readonly<Record<keyof UpstreamLimits, number>> = serverLimits,
): Upstream {
  const target = new URL(url);
  const isTls = target.protocol === 'https:';
  const common = { maxSockets: limits.upstreamConnections, ...(isTls && ca !== undefined && { ca }) };
  const agents = {
    kept: new (isTls ? TlsAgent : Agent)({ ...common, keepAlive: true, timeout: limits.upstreamIdleMs }),
    fresh: new (isTls ? TlsAgent : Agent)({ ...common, keepAlive: false }),
  };
  const open = (ask: UpstreamAsk, agent: Agent, signal: AbortSignal): ClientRequest => {
    const { method, query, headers, body } = ask;
    const request = (isTls ? httpsRequest : httpRequest)({
      ...urlToHttpOptions(target),
      path: target.pathname + query,
      method,
      headers: {
        ...headers,
        ...(body !== undefined && { 'content-length': body.byteLength }),
        ...(agent === agents.fresh && { connection: 'close' }),
      },
      agent,
      signal,
    });
    limitConnecting(request, isTls, limits.upstreamConnectMs);
    return request.end(body);
  };
  return {
    ask: (ask) => askWithin(ask, open, agents, limits),
    close: () => {
      agents.kept.destroy();
      agents.fresh.destroy();
    },
  };
}

type Open = (ask: UpstreamAsk, agent: Agent, signal: AbortSignal) => ClientRequest;

/**
 * A kept connection may have been closed by the other end just as it was used again. A GET is asked once more then; a POST
 * must not be (RFC 9110, section 9.2.2), so that it never is the one that finds out.
 */
async function askWithin(
  ask: UpstreamAsk,
  open: Open,
  { kept, fresh }: { readonly kept: Agent; readonly fresh: Agent },
  { upstreamAnswerMs, upstreamAnswerBytes }: Readonly<Record<keyof UpstreamLimits, number>>,
): Promise<UpstreamAnswer> {
  const late = AbortSignal.timeout(upstreamAnswerMs);
  const signal = AbortSignal.any([ask.signal, late]);
  try {
    const request = open(ask, ask.method === 'GET' ? kept : fresh, signal);
    const response = await responseTo(request).catch((error: unknown) => {
      if (!isStale(request, error)) throw error;
      return responseTo(open(ask, fresh, signal));
    });
    return await wholeAnswer(response, upstreamAnswerBytes);
  } catch (error) {
    if (ask.signal.aborted) throw ask.signal.reason;
    if (late.aborted) throw lateFailure('did not answer', upstreamAnswerMs);
    throw connectionFailure(error);
  }
}

function isStale(request: ClientRequest, error: unknown): boolean {
  return request.reusedSocket && /^(?:ECONNRESET|EPIPE)$/.test(errorCode(error) ?? '');
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.once('response', resolve).on('error', reject);
  return promise;
}

/** Ends a request whose connection isn't there in time; one that is kept from before is. */
function limitConnecting(request: ClientRequest, isTls: boolean, timeoutMs: number): void {
  request.once('socket', (socket: Socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(
      () => request.destroy(lateFailure('did not take the connection', timeoutMs)),
      timeoutMs,
    );
    const clear = () => clearTimeout(timer);
    socket.once(isTls ? 'secureConnect' : 'connect', clear).once('close', clear);
  });
}

async function wholeAnswer(response: IncomingMessage, limitBytes: number): Promise<UpstreamAnswer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) break; // which ends the connection
      chunks.push(chunk);
    }
  } catch (cause) {
    const words = 'broke off in the middle of its answer';
    throw new UpstreamError({ status: 502, words, remedy: 'Its own log may tell why' }, { cause });
  }
  if (sizeBytes > limitBytes) {
    const words = `gave an answer of more than ${limitBytes} bytes`;
    throw new UpstreamError({
      status: 502,
      words,
      remedy: 'auth.token.upstream is not where it gives tokens',
    });
  }
  return { status: response.statusCode ?? 0, rawHeaders: response.rawHeaders, body: Buffer.concat(chunks) };
}
