/** The one place that reaches for a connection's descriptor, which is an internal of Node. */

import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/**
 * Whether the body of an answer may be written to its connection's descriptor from outside of Node: not where there is
 * TLS between, or a framing, nor where somebody wants to see the bytes or count them.
 */
export function isWrittenAsItIs(response: ServerResponse): boolean {
  return (
    response.req.socket.constructor === Socket &&
    response.write === ServerResponse.prototype.write &&
    !response.chunkedEncoding &&
    !response.strictContentLength
  );
}

/**
 * The descriptor of such an answer's connection; undefined while the answer waits for another one, or for bytes that
 * Node still has, and once the connection is gone.
 *
 * Good only until the next turn of the event loop: a descriptor that was closed is soon another connection's.
 */
export function socketDescriptor(response: ServerResponse): number | undefined {
  const { socket } = response;
  if (socket === null || !response.headersSent || response.writableLength > 0) return undefined;
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown = isObject(handle) ? Reflect.get(handle, 'fd') : undefined;
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
