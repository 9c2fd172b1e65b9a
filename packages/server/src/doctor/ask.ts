// One request of a registry's client, on a connection of its own. Certificates are always checked; no redirect is followed
// here, and nothing is sent that the caller didn't name.

import { once } from 'node:events';
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errorCode } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { version } from '../version.ts';

/** Bytes to send: made as they go, so that memory stays flat. */
export interface Content {
  readonly sizeBytes: number;
  chunks(): Iterable<Buffer>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Content;
  /** PEM texts. */
  readonly ca: readonly string[];
  /** Takes the bytes of a 200; otherwise they are in `text`. */
  readonly onBytes?: (bytes: Buffer) => void;
}

export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, unless `onBytes` took it. */
  readonly text: string;
  /** Milliseconds from the request to the end of the answer. */
  readonly tookMs: number;
  /** When the head came, in milliseconds since 1970. */
  readonly headAtMs: number;
}

/** @throws the error of the connection, in words of connectionWords (http/connection-words.ts) */
export async function ask(url: URL, options: Ask): Promise<Answer> {
  try {
    return await askOnce(url, options, 'whole');
  } catch (error) {
    if (options.content === undefined || !/^(?:EPIPE|ECONNRESET)$/.test(errorCode(error) ?? '')) throw error;
    // Who answers and hangs up while it is being sent to has its answer swept away; it gives it to the head alone, too.
    return await askOnce(url, options, 'head').catch(() => {
      throw error;
    });
  }
}

async function askOnce(
  url: URL,
  { method = 'GET', headers = {}, content, ca, onBytes }: Ask,
  part: 'whole' | 'head',
): Promise<Answer> {
  const startedMs = performance.now();
  const isTransfer = part === 'whole' && (content !== undefined || onBytes !== undefined);
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method,
    agent: false,
    ca: [...ca],
    headers: {
      'user-agent': `berth-doctor/${version}`,
      ...headers,
      ...(content !== undefined && { 'content-length': content.sizeBytes, expect: '100-continue' }),
    },
    ...(!isTransfer && { signal: AbortSignal.timeout(serverLimits.doctorAnswerMs) }),
    timeout: isTransfer ? serverLimits.doctorIdleMs : serverLimits.doctorAnswerMs,
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.once('response', resolve).on('error', reject);
  request.once('timeout', () => request.destroy(new SilentError()));
  try {
    if (content === undefined) request.end();
    else if (part === 'head') request.flushHeaders();
    else sendWhenTold(request, content, promise);
    const response = await promise;
    const headAtMs = Date.now();
    const text = await bodyOf(response, response.statusCode === 200 ? onBytes : undefined);
    const { statusCode: status = 0, headers: answered } = response;
    return { url, status, headers: answered, text, tookMs: performance.now() - startedMs, headAtMs };
  } finally {
    request.destroy();
  }
}

/** A transfer stood still. */
class SilentError extends Error {
  override readonly name = 'TimeoutError';
}

/** An answer that comes before the body has gone, as that of a proxy which takes no large ones, ends the sending. */
function sendWhenTold(request: ClientRequest, content: Content, answered: Promise<unknown>): void {
  let isOver = false;
  const over = answered.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  const send = async () => {
    await Promise.race([told(request), over]);
    for (const chunk of content.chunks()) {
      if (isOver) return;
      if (!request.write(chunk)) await Promise.race([once(request, 'drain'), over]);
    }
    request.end();
  };
  request.flushHeaders();
  // What goes wrong with the connection is told by the request's own error.
  send().catch((error: unknown) => request.destroy(error instanceof Error ? error : undefined));
}

/** Until the server asks for the body, or is taken for one that doesn't ask. */
async function told(request: ClientRequest): Promise<void> {
  const signal = AbortSignal.timeout(serverLimits.doctorContinueMs);
  await once(request, 'continue', { signal }).catch(() => undefined);
}

async function bodyOf(response: IncomingMessage, onBytes: Ask['onBytes']): Promise<string> {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  for await (const chunk of response) {
    if (onBytes !== undefined) {
      onBytes(chunk);
      continue;
    }
    kept.push(chunk);
    keptBytes += chunk.length;
    if (keptBytes >= serverLimits.doctorAnswerBytes) break;
  }
  return Buffer.concat(kept).toString('utf8');
}
