/** The one place that reaches for a connection's descriptor, which is an internal of Node. */

import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/**
 * The descriptor to which the next bytes of the body may be written from outside of Node; undefined where they must
 * go through `write`: there is TLS between, or a framing, or somebody who wants to see the bytes; the answer waits
 * for another one, or for bytes that Node still has; the connection is gone.
 *
 * Good only until the next turn of the event loop: a descriptor that was closed is soon another connection's.
 */
export function socketDescriptor(response: ServerResponse): number | undefined {
  const { socket } = response;
  if (socket === null || socket.constructor !== Socket) return undefined;
  if (response.write !== ServerResponse.prototype.write) return undefined;
  if (response.chunkedEncoding || response.strictContentLength) return undefined;
  if (!response.headersSent || response.writableLength > 0) return undefined;
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown = isObject(handle) ? Reflect.get(handle, 'fd') : undefined;
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
