// TLS-ALPN-01 (RFC 8737) on the port of the registry itself: a handshake that asks for `acme-tls/1`, while an authority may
// ask, goes to a TLS server of its own, which has the challenge's certificate and nothing behind it.

import type { Socket } from 'node:net';
import { createSecureContext, createServer, type SecureContext, type Server } from 'node:tls';
import type { KeyPair } from '../http/tls.ts';
import { alpnProtocols } from './client-hello.ts';

const protocol = 'acme-tls/1';

/** Whose a connection is by its first bytes. */
export type Claim = 'mine' | 'not-mine' | 'more-bytes';

export class AlpnChallenges {
  readonly #contexts = new Map<string, SecureContext>();
  #server: Server | undefined;

  /** @param pair undefined: nobody asks any more */
  set(host: string, pair: KeyPair | undefined): void {
    if (pair === undefined) this.#contexts.delete(host);
    else this.#contexts.set(host, createSecureContext(pair));
  }

  claim(bytes: Uint8Array): Claim {
    if (this.#contexts.size === 0) return 'not-mine';
    const asked = alpnProtocols(bytes);
    if (asked === 'incomplete') return 'more-bytes';
    return asked.includes(protocol) ? 'mine' : 'not-mine';
  }

  /** A connection that was claimed, with its first bytes put back. */
  take(socket: Socket): void {
    this.#server ??= createServer(
      {
        ALPNProtocols: [protocol],
        SNICallback: (host, done) => done(null, this.#contexts.get(host.toLowerCase())),
      },
      (connection) => connection.end(),
    ).on('tlsClientError', () => undefined);
    this.#server.emit('connection', socket);
  }
}
