// One listening server, plain or TLS, with the limits of limits.ts. It hands every request to one function and knows
// nothing of what is behind it.

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import { AlpnChallenges } from '../acme/alpn-challenge.ts';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.ts';
import { errorCode, fileReason, StartError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import type { Log } from '../log/log.ts';
import { requireClientCertificates } from './client-certificates.ts';
import { onClientError } from './client-error.ts';
import { drainable } from './drain.ts';
import { hostOfAddress } from './host.ts';
import { portOwner } from './port-owner.ts';
import { answerQuickly, type QuickRequestsOptions } from './quick-requests.ts';
import type { KeyPair, TlsSettings } from './tls.ts';
import { turnHttpAway, type WrongProtocol } from './wrong-protocol.ts';

export interface ListenOptions {
  readonly address: ListenAddress;
  /** Where a person changes the address: `--addr`, or a key of a file. */
  readonly addressIsSetBy: string;
  readonly tls: TlsSettings | undefined;
  /** Requests with `Expect: 100-continue` come here, too: whoever reads the body calls `writeContinue()` first. */
  readonly handler: RequestListener;
  /** What may be answered before `handler` is asked. */
  readonly quick?: QuickRequestsOptions | undefined;
  /** Hears of clients that speak another protocol than this listener. */
  readonly tellOfWrongProtocol: (what: WrongProtocol) => void;
  readonly log: Log;
  readonly limits?: Partial<ListenLimits>;
}

export type ListenLimits = Pick<
  Record<keyof typeof serverLimits, number>,
  | 'headersTimeoutMs'
  | 'connectionsCheckIntervalMs'
  | 'handshakeTimeoutMs'
  | 'requestTimeoutMs'
  | 'keepAliveTimeoutMs'
  | 'maxHeaderBytes'
  | 'maxHeadersCount'
  | 'maxConnections'
>;

export interface Listening {
  /** With the host and port really bound: `http://127.0.0.1:40123`; `unix:/path` for a socket. */
  readonly url: string;
  /**
   * Stops accepting, lets running requests finish, closes what is idle, and closes the rest after `timeoutMs`.
   * Resolves when no connection is left.
   */
  drain(timeoutMs: number): Promise<void>;
  /** The next handshake gets this pair, which was checked; connections that are there go on. Nothing where there is no TLS. */
  renew(pair: KeyPair): void;
  /** What handshakes for `host` get that ask for `acme-tls/1`; undefined: nothing any more. Nothing where there is no TLS. */
  challenge(host: string, pair: KeyPair | undefined): void;
}

/** @throws StartError naming the address and what to do */
export async function listen(options: ListenOptions): Promise<Listening> {
  const challenges = new AlpnChallenges();
  const server = makeServer(options, challenges);
  const quick = options.quick && answerQuickly(server, options.quick);
  requireClientCertificates(server, options.tls?.clients?.clientAuth);
  const drain = drainable(server, options.log, quick?.isAnswering);
  const { address, addressIsSetBy } = options;
  try {
    await bind(server, address);
  } catch (error) {
    throw new StartError(await bindProblem(error, address, addressIsSetBy), { cause: error });
  }
  return {
    url: urlOf(server, options),
    drain,
    renew: (pair) => renewPair(server, options.tls, pair),
    challenge: (host, pair) => challenges.set(host, pair),
  };
}

function makeServer(
  { tls, handler, tellOfWrongProtocol, log, limits: changed }: ListenOptions,
  challenges: AlpnChallenges,
): Server {
  const limits: ListenLimits = { ...serverLimits, ...changed };
  const options = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckIntervalMs,
    maxHeaderSize: limits.maxHeaderBytes,
  };
  const server = tls
    ? createTlsServer(
        { ...options, ...secureOptions(tls), handshakeTimeout: limits.handshakeTimeoutMs },
        handler,
      )
    : createServer(options, handler);
  if (tls) turnHttpAway(server, limits.handshakeTimeoutMs, tellOfWrongProtocol, challenges);
  server.maxConnections = limits.maxConnections;
  // Node's types don't know it. Without it a worker of several hands a connection that is one too many to the next one,
  // which hands it on in its turn.
  Object.assign(server, { dropMaxConnection: true });
  server.maxHeadersCount = limits.maxHeadersCount;
  server.on('checkContinue', handler);
  server.on('clientError', onClientError(log, tellOfWrongProtocol));
  server.on('drop', () =>
    log.warn('a connection was dropped: too many at once', { limit: limits.maxConnections }),
  );
  return server;
}

/** What Node's TLS takes of the settings. */
function secureOptions({ files: _files, acme: _acme, cert, key, clients, ...secure }: TlsSettings) {
  return { ...secure, ...clients, ...(cert !== '' && { cert, key }) };
}

/** All of the context is made anew, so that what else holds for it is said again. */
function renewPair(server: Server, tls: TlsSettings | undefined, pair: KeyPair): void {
  if (tls !== undefined && server instanceof TlsServer)
    server.setSecureContext(secureOptions({ ...tls, ...pair }));
}

async function bind(server: Server, address: ListenAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.once('listening', resolve);
  // Without a host Node binds to :: with IPv4 in it, or to 0.0.0.0 where there is no IPv6.
  if (address.kind === 'unix') server.listen(address.path);
  else server.listen({ port: address.port, ...(address.host !== undefined && { host: address.host }) });
  await promise;
  server.off('error', reject);
}

function urlOf(server: Server, { address, tls }: ListenOptions): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return `unix:${formatListenAddress(address)}`;
  return `${tls ? 'https' : 'http'}://${hostOfAddress(bound.address)}:${bound.port}`;
}

async function bindProblem(error: unknown, address: ListenAddress, isSetBy: string): Promise<string> {
  const where = `cannot listen on ${formatListenAddress(address)}`;
  const elsewhere = `choose another address with ${isSetBy}`;
  switch (errorCode(error)) {
    case 'EADDRINUSE': {
      const owner = address.kind === 'tcp' ? await portOwner(address.port) : undefined;
      return `${where}: it is in use${owner ? ` by ${owner}` : ''}; stop that, or ${elsewhere}`;
    }
    case 'EACCES':
      return `${where}: permission denied (ports below 1024 are often kept for root); ${elsewhere}`;
    case 'EADDRNOTAVAIL':
      return `${where}: this machine has no such address; ${elsewhere}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${where}: the name of the host has no address; ${elsewhere}`;
    default:
      return `${where}: ${fileReason(error)}; ${elsewhere}`;
  }
}
