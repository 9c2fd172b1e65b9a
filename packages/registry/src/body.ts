/**
 * The body of a request: asked for only when somebody reads it, so that a refusal comes before a layer is sent
 * (`Expect: 100-continue`), and cut when nothing comes for too long.
 */

import { refuse } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** The client went away, or sent nothing for too long. There is nobody left to answer. */
export class ClientGone extends Error {}

/** The chunks of the body. @throws ClientGone */
export async function* bodyOf(exchange: Exchange): AsyncIterable<Uint8Array> {
  const { request, response, received, store } = exchange;
  if (hasNoBody(exchange)) return;
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  const { socket } = request;
  const giveUp = (): void => {
    request.destroy(new ClientGone(`nothing came for ${store.limits.idleMs} ms`));
  };
  socket.setTimeout(store.limits.idleMs, giveUp);
  try {
    // Left early (a full disk), the request must stay whole: its answer goes over the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      received.bytes += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    throw error instanceof ClientGone ? error : new ClientGone('the client went away', { cause: error });
  } finally {
    socket.setTimeout(0);
    socket.removeListener('timeout', giveUp);
  }
  if (!request.complete) throw new ClientGone('the client went away');
}

/** A body of at most `limitBytes`, whole. @throws RegistryError MANIFEST_INVALID (413), ClientGone */
export async function smallBodyOf(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  const declared = declaredLength(exchange);
  if (declared !== undefined && declared > limitBytes) throw tooLarge(limitBytes);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of bodyOf(exchange)) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
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
