// The URL of the token endpoint as this client sees it: on the very host and port that its request went to, so that it
// works at localhost, at an address of the LAN and behind a proxy. Today's crane and oras refuse a realm at another
// private address.
//
// A Host header is the client's own text and goes into a header of the answer: only what passes its grammar is used.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { RequestHead } from '@berth/registry';
import { formatHost, type Host, hostOfAddress, parseHost } from './host.ts';
import { normalAddress } from './ip-address.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443 };

/**
 * @param path of the token endpoint, from `/` on
 * @returns a function from a request to an absolute URL
 */
export function realmOf(proxies: TrustedProxies, path: string): (request: RequestHead) => string {
  return (request) => {
    const { scheme, host } = ownAddress(proxies, request);
    return `${scheme}://${host}${path}`;
  };
}

/** What the client of `request` reaches this server by; `host` with its port, unless the scheme says it. */
export function ownAddress(
  proxies: TrustedProxies,
  request: RequestHead,
): { readonly scheme: 'http' | 'https'; readonly host: string } {
  const origin = proxies.origin(request);
  const ownScheme = request.socket instanceof TLSSocket ? 'https' : 'http';
  const scheme = origin.proto === 'http' || origin.proto === 'https' ? origin.proto : ownScheme;
  const host = parse(origin.host) ?? parse(request.headers.host) ?? localHost(request.socket);
  return { scheme, host: formatHost(withPort(host, origin.port, scheme)) };
}

function parse(text: string | undefined): Host | undefined {
  return text === undefined ? undefined : parseHost(text);
}

/** A port in the host is what the client wrote; a proxy that took it off says it in X-Forwarded-Port. */
function withPort(host: Host, forwardedPort: string | undefined, scheme: string): Host {
  if (host.port !== undefined || forwardedPort === undefined) return host;
  const parsed = parseHost(`port:${forwardedPort}`)?.port;
  return { name: host.name, port: parsed === defaultPorts[scheme] ? undefined : parsed };
}

function localHost(socket: Socket): Host {
  const { localAddress, localPort } = socket;
  if (localAddress === undefined) return { name: 'localhost', port: undefined };
  return { name: hostOfAddress(normalAddress(localAddress)), port: localPort };
}
