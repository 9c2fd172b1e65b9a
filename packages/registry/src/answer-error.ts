/**
 * The only place that writes errors. It knows these cases: headers already out, HEAD, the headers that belong to
 * an error, a client that is gone, a disk that is full or read-only, a bug, and a body that nobody read.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, located } from './answer.ts';
import { ClientGone } from './body.ts';
import { DriverError, type DriverFailure } from './drivers/driver.ts';
import { RegistryError, refuse } from './errors.ts';
import type { Limits } from './limits.ts';
import { writeHead } from './send.ts';

/** What the error became, for the event. */
export interface ErrorOutcome {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string;
  /** What a log needs and a client must not see: only for 500 and 503. */
  readonly cause: unknown;
  readonly sentBytes: number;
}

/** Nobody was left to answer; the status that logs use for it. */
const CLIENT_GONE = 499;

const DRIVER_ANSWERS: Readonly<Record<DriverFailure, string | undefined>> = {
  full: "the registry's disk is full",
  'read-only': "the registry's disk cannot be written to",
  busy: 'the registry has too many files open; try again',
  missing: undefined,
  exists: undefined,
};

/** What the listener is set to, as far as errors show it. */
interface ErrorOptions {
  readonly store: { readonly limits: Limits };
  readonly locationBase: string;
}

/** Answers a request that ended in an error. Never fails. */
export async function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  requestId: string,
  options: ErrorOptions,
): Promise<ErrorOutcome> {
  if (error instanceof ClientGone) {
    response.destroy();
    return { status: CLIENT_GONE, code: undefined, message: error.message, cause: undefined, sentBytes: 0 };
  }
  const answer = toAnswer(error, requestId);
  const cause = answer === error ? undefined : error;
  return outcomeOf(answer, cause, await write(request, response, answer, options));
}

/** What the event tells of an error that was answered. */
export function outcomeOf(error: RegistryError, cause: unknown, sentBytes: number): ErrorOutcome {
  const { status, code, message } = error;
  return { status, code, message, cause, sentBytes };
}

/** The error as an answer: its status, its headers, its body. */
export function errorAnswer(error: RegistryError): Answer & { readonly body: Buffer } {
  const body = errorBody(error);
  return {
    status: error.status,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(body.byteLength),
      ...error.headers,
    },
    body,
  };
}

function toAnswer(error: unknown, requestId: string): RegistryError {
  if (error instanceof RegistryError) return error;
  const unavailable = error instanceof DriverError ? DRIVER_ANSWERS[error.failure] : undefined;
  if (unavailable !== undefined) {
    return refuse('UNAVAILABLE', { message: unavailable, headers: { 'Retry-After': '10' } });
  }
  return refuse('UNKNOWN', {
    message: `something went wrong in the registry; its log tells more under request ${requestId}`,
    detail: { requestId },
  });
}

/** The error in the form of the API. */
export function errorBody(error: Pick<RegistryError, 'code' | 'message' | 'detail'>): Buffer {
  const { code, message, detail } = error;
  return Buffer.from(
    `${JSON.stringify({ errors: [{ code, message, ...(detail !== undefined && { detail }) }] })}\n`,
  );
}

async function write(
  request: IncomingMessage,
  response: ServerResponse,
  error: RegistryError,
  { store: { limits }, locationBase }: ErrorOptions,
): Promise<number> {
  if (response.headersSent) {
    response.destroy();
    return 0;
  }
  const { status, headers, body } = errorAnswer(error);
  const sent = request.method === 'HEAD' ? undefined : body;
  const unread = hasUnreadBody(request, limits.drainBytes);
  writeHead(response, status, { ...located(locationBase, headers), ...(unread && { Connection: 'close' }) });
  if (!unread) {
    response.end(sent);
    return sent?.byteLength ?? 0;
  }
  response.write(body);
  await drain(request, response, limits);
  response.end();
  return body.byteLength;
}

/** Node reads the rest of a small body by itself and keeps the connection. */
function hasUnreadBody(request: IncomingMessage, drainBytes: number): boolean {
  if (request.complete) return false;
  const { headers } = request;
  const length = headers['content-length'];
  const isSmall = length !== undefined && Number(length) <= drainBytes && headers.expect === undefined;
  return !isSmall && (length !== undefined || headers['transfer-encoding'] !== undefined);
}

/**
 * Reads on for a bounded while. Closing at once would reset the connection, and the client would lose the answer
 * with it; reading to the end would swallow whatever it sends.
 */
async function drain(request: IncomingMessage, response: ServerResponse, limits: Limits): Promise<void> {
  let leftBytes = limits.drainBytes;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, limits.lingerMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.on('data', (chunk: Uint8Array) => {
      leftBytes -= chunk.byteLength;
      if (leftBytes <= 0) request.pause();
    });
    request.once('end', done);
    request.once('error', done);
    response.once('close', done);
  });
}
