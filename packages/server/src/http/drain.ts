// The graceful end of a server: nobody new, running requests to their end, all other connections closed, a limit for all.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { serverLimits } from '../limits.ts';
import type { Log } from '../log/log.ts';
import type { QuickRequests } from './quick-requests.ts';

/** @returns a function that ends `server` within `timeoutMs`; its promise resolves when no connection is left */
export function drainable(
  server: Server,
  log: Log,
  quick?: QuickRequests,
): (timeoutMs: number) => Promise<void> {
  const silent = silentConnections(server);
  return async (timeoutMs) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
    server.close(() => resolve());
    quick?.stop();
    for (const socket of silent) socket.destroy();
    // A connection becomes idle when its answer is out; Node would keep it for the next request.
    const idle = setInterval(() => {
      if (!quick?.isSending()) server.closeIdleConnections();
    }, serverLimits.drainCheckIntervalMs);
    const limit = setTimeout(() => {
      log.warn('transfers were cut: they did not finish within the drain timeout', { timeoutMs });
      server.closeAllConnections();
    }, timeoutMs);
    await closed;
    clearInterval(idle);
    clearTimeout(limit);
  };
}

/** Connections that sent no whole request head yet: Node doesn't count one in its head as idle, and it would hold up the end. */
function silentConnections(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  const add = (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  };
  // Of a TLS connection the request knows only the inner socket; the outer one is the handshake's, and has its limit.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', add);
  server.on('request', (request) => silent.delete(request.socket));
  server.on('checkContinue', (request) => silent.delete(request.socket));
  return silent;
}
