/**
 * The body of a request: asked for only when somebody reads it, so that a refusal comes before a layer is sent
 * (`Expect: 100-continue`), and cut when nothing comes for too long.
 */

import type { Chunks } from './chunks.ts';
import { refuse } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { GatheredBody } from './gathered-body.ts';

/** The client went away, or sent nothing for too long. There is nobody left to answer. */
export class ClientGone extends Error {}

/** The body, as it comes. @throws ClientGone */
export async function* bodyOf(exchange: Exchange): AsyncIterable<Chunks> {
  const { request, response, received, store } = exchange;
  if (hasNoBody(exchange)) return;
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  const { socket } = request;
  const giveUp = (): void => {
    request.destroy(new ClientGone(`nothing came for ${store.limits.idleMs} ms`));
  };
  socket.setTimeout(store.limits.idleMs, giveUp);
  const body = new GatheredBody(request);
  try {
    for (let chunks = await body.next(); chunks !== undefined; chunks = await body.next()) {
      for (const chunk of chunks) received.bytes += chunk.byteLength;
      yield chunks;
    }
  } catch (error) {
    throw error instanceof ClientGone ? error : new ClientGone('the client went away', { cause: error });
  } finally {
    body.release();
    socket.setTimeout(0);
    socket.removeListener('timeout', giveUp);
  }
  if (!request.complete) throw new ClientGone('the client went away');
}

/** A body of at most `limitBytes`, whole. @throws RegistryError MANIFEST_INVALID (413), ClientGone */
export async function smallBodyOf(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  const declared = declaredLength(exchange);
  if (declared !== undefined && declared > limitBytes) throw tooLarge(limitBytes);
  const body: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunks of bodyOf(exchange)) {
    for (const chunk of chunks) sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    body.push(...chunks);
  }
  return Buffer.concat(body, sizeBytes);
}

/** The Content-Length, if the request has one. */
export function declaredLength(exchange: Exchange): number | undefined {
  const text = exchange.request.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

function hasNoBody(exchange: Exchange): boolean {
  const { headers } = exchange.request;
  return headers['transfer-encoding'] === undefined && (declaredLength(exchange) ?? 0) === 0;
}

function tooLarge(limitBytes: number): Error {
  return refuse('MANIFEST_INVALID', {
    status: 413,
    message: `the manifest is too large; allowed: ${limitBytes} bytes`,
    detail: { limitBytes },
  });
}
