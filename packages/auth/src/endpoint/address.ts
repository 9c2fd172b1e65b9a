// The client's address: the connection's, or what a proxy in front wrote into a header
// (docker_auth's `server.real_ip_header` and `real_ip_pos`).
import { isIP } from 'node:net';
import { badParameter } from '../errors.ts';
import type { RequestHead } from './request-head.ts';

export interface AddressOptions {
  /** The address of the connection, for whoever knows better than the socket (trusted proxies). */
  readonly address?: ((request: RequestHead) => string) | undefined;
  readonly realIpHeader?: string | undefined;
  /** Which of the header's addresses, from 0; from the end where negative. */
  readonly realIpPosition?: number | undefined;
}

/** The address without a port; throws an AuthError (400) where the configured header names none. */
export function clientAddress(request: RequestHead, options: AddressOptions): string {
  const header = options.realIpHeader;
  if (header === undefined || header === '') {
    return plainAddress(options.address?.(request) ?? request.socket.remoteAddress ?? '');
  }
  const value = request.headers[header.toLowerCase()];
  const list = (Array.isArray(value) ? value.join(',') : (value ?? '')).split(',');
  const position = options.realIpPosition ?? 0;
  const index = position < 0 ? Math.max(0, list.length + position) : position;
  const address = plainAddress(list[index]?.trim() ?? '');
  if (isIP(address) === 0) {
    throw badParameter(header, `no client address in it at position ${position}; the proxy in front sets it`);
  }
  return address;
}

const WITH_PORT = /^(?:\[(.+)\]:\d+|([^:]+):\d+)$/;
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Without port, zone, and the wrapping that IPv4 gets on a socket for both families. */
function plainAddress(text: string): string {
  if (!text.includes(':') && !text.includes('%')) return text; // IPv4 alone, as nearly always
  const withPort = WITH_PORT.exec(text);
  const address = (withPort?.[1] ?? withPort?.[2] ?? text).replace(/%.*$/, '');
  return MAPPED_IPV4.exec(address)?.[1] ?? address;
}
