// HTTPS to a port that speaks HTTP, and the other way round: what people lose most time on with a registry, as every
// client words it in its own way. Here it is told from other noise, answered where there is an answer, and logged with
// what to do about it.

import type { Server } from 'node:http';
import { Socket } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { AlpnChallenges } from '../acme/alpn-challenge.ts';
import { serverLimits } from '../limits.ts';
import type { Log } from '../log/log.ts';
import { normalAddress } from './ip-address.ts';
import { rawAnswer } from './raw-answer.ts';

/** A client that spoke another protocol than the port. */
export interface WrongProtocol {
  /** What the client spoke. */
  readonly spoke: 'https' | 'http';
  readonly address: string;
  /** The port that it came to; undefined for a unix socket. */
  readonly port: number | undefined;
}

/** Answers in plain HTTP are read by Go's TLS clients, which then say what is wrong. */
export const httpsExpectedElsewhere = 'this port speaks HTTP, not HTTPS';
const httpExpectedElsewhere = 'this port speaks HTTPS, not HTTP: write https:// in front of its name';

/** A line for each address and protocol, once an hour. @param clock milliseconds since 1970 */
export function wrongProtocolLog(log: Log, clock = Date.now): (what: WrongProtocol) => void {
  const told = new LRUCache<string, true>({
    max: serverLimits.wrongProtocolAddresses,
    ttl: serverLimits.wrongProtocolIntervalMs,
    ttlResolution: 0,
    perf: { now: clock },
  });
  return ({ spoke, address, port }) => {
    const key = `${spoke} ${address}`;
    if (told.has(key)) return;
    told.set(key, true);
    const host = `HOST:${port ?? 'PORT'}`;
    // Docker tries HTTPS first with a registry on its own machine, and goes on with HTTP: nothing is wrong then.
    if (spoke === 'https' && isLoopback(address)) log.debug(httpsTold(host), { address });
    else log.warn(spoke === 'https' ? httpsTold(host) : httpTold(host), { address });
  };
}

function httpsTold(host: string): string {
  return (
    'a client spoke HTTPS to this port, which speaks HTTP. If it goes no further: give Berth a certificate (--tls-cert, ' +
    '--tls-key), or have the client use HTTP. ' +
    `docker: "insecure-registries": ["${host}"] in /etc/docker/daemon.json; ` +
    `BuildKit: [registry."${host}"] with http = true in buildkitd.toml; ` +
    'podman, skopeo, buildah: --tls-verify=false; ' +
    `containerd: server = "http://${host}" in /etc/containerd/certs.d/${host}/hosts.toml`
  );
}

function httpTold(host: string): string {
  return (
    'a client spoke HTTP to this port, which speaks HTTPS. ' +
    `A proxy in front: its upstream is https://${host}; ` +
    'BuildKit: no http = true for it in buildkitd.toml; ' +
    `containerd: server = "https://${host}" in /etc/containerd/certs.d/${host}/hosts.toml; ` +
    'docker and podman find HTTPS by themselves'
  );
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(address);
}

/** The first record of a handshake (RFC 8446, section 5.1). */
export function isTlsHello(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 && bytes[1] === 0x03;
}

const HTTP_METHOD = /^[A-Z]+ /;

/**
 * Turns away clients that speak HTTP to a TLS server, with an answer that they can read: TLS itself would only close the
 * connection. An authority that looks for the answer to a challenge is led there; everybody else's first bytes go on to TLS
 * as they came.
 * @param waitMs for a client that sends nothing; the handshake has a limit of its own
 */
export function turnHttpAway(
  server: Server,
  waitMs: number,
  tell: (what: WrongProtocol) => void,
  challenges: Pick<AlpnChallenges, 'claim' | 'take'>,
): void {
  const [accept, ...others] = server.listeners('connection');
  // TLS's own way in; where something else is there too, all is left as it is.
  if (accept === undefined || others.length > 0) return;
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), waitMs);
    const destroy = (): void => {
      socket.destroy();
    };
    socket.on('error', destroy);
    socket.once('close', () => clearTimeout(timer));
    let begun: Buffer = Buffer.alloc(0);
    const onFirst = (): unknown => {
      const some: unknown = socket.read();
      if (!Buffer.isBuffer(some)) return destroy();
      const bytes = begun.byteLength === 0 ? some : Buffer.concat([begun, some]);
      const claim = challenges.claim(bytes);
      if (claim === 'more-bytes' && isTlsHello(bytes)) {
        begun = bytes;
        return socket.once('readable', onFirst);
      }
      clearTimeout(timer);
      if (HTTP_METHOD.test(bytes.toString('latin1', 0, 16))) {
        tell(wrongProtocol('http', socket));
        socket.end(rawAnswer('400 Bad Request', 'UNSUPPORTED', httpExpectedElsewhere), destroy);
        return undefined;
      }
      socket.off('error', destroy);
      socket.unshift(bytes);
      if (claim === 'mine') return challenges.take(socket);
      return Reflect.apply(accept, server, [socket]);
    };
    socket.once('readable', onFirst);
  });
}

export function wrongProtocol(spoke: WrongProtocol['spoke'], socket: unknown): WrongProtocol {
  const { remoteAddress = '', localPort } = socket instanceof Socket ? socket : {};
  return { spoke, address: normalAddress(remoteAddress), port: localPort };
}
