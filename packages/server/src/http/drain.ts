// The graceful end of a server: nobody new, running requests to their end, all other connections closed, a limit for all.

import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { serverLimits } from '../limits.ts';
import type { Log } from '../log/log.ts';

/**
 * @param isAnswering whether an answer is under way on a connection that no request of node:http stands for
 * @returns a function that ends `server` within `timeoutMs`; its promise resolves when no connection is left
 */
export function drainable(
  server: Server,
  log: Log,
  isAnswering: (socket: Socket) => boolean = () => false,
): (timeoutMs: number) => Promise<void> {
  const idle = idleConnections(server);
  return async (timeoutMs) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
    // In place of Node's own, which `close` calls, and which would cut an answer that its client is slow to take.
    server.closeIdleConnections = () => {
      for (const socket of idle) {
        if (socket.writableLength === 0 && !isAnswering(socket)) socket.destroy();
      }
    };
    server.close(() => resolve());
    const again = setInterval(() => server.closeIdleConnections(), serverLimits.drainCheckIntervalMs);
    const limit = setTimeout(() => {
      log.warn('transfers were cut: they did not finish within the drain timeout', { timeoutMs });
      server.closeAllConnections();
    }, timeoutMs);
    await closed;
    clearInterval(again);
    clearTimeout(limit);
  };
}

/** Connections on which no request waits for its answer, be it that none came yet, or not a whole head. */
function idleConnections(server: Server): ReadonlySet<Socket> {
  const idle = new Set<Socket>();
  // Of a TLS connection the request knows only the inner socket; the outer one is the handshake's, and has its limit.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
  });
  const unanswered = new WeakMap<Socket, number>();
  const onRequest: RequestListener = ({ socket }, response) => {
    idle.delete(socket);
    unanswered.set(socket, (unanswered.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (unanswered.get(socket) ?? 1) - 1;
      unanswered.set(socket, left);
      if (left === 0 && !socket.destroyed) idle.add(socket);
    });
  };
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  return idle;
}
