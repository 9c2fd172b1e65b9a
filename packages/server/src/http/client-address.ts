// The client's address, for the rules and the log: what docker_auth's server.real_ip_header says where it is set, what
// trusted proxies say elsewhere.

import type { RequestHead } from '@berth/registry';
import { parseForwardedFor } from './forwarded.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

export interface RealIp {
  /** docker_auth's server.real_ip_header: then the proxy in front always sets it. */
  readonly header: string | undefined;
  /** docker_auth's server.real_ip_pos: from 0; negative from the end. */
  readonly position: number;
}

/** @returns a function from a request to an address; '' where nothing is known: no rule for an address matches that */
export function clientAddressOf(
  proxies: TrustedProxies,
  { header, position }: RealIp,
): (request: RequestHead) => string {
  if (header === undefined) return (request) => proxies.origin(request).address ?? '';
  const name = header.toLowerCase();
  return ({ headers }) => {
    const value = headers[name];
    if (value === undefined) return '';
    const list = parseForwardedFor([value].flat().join(','));
    return list[position < 0 ? Math.max(0, list.length + position) : position] ?? '';
  };
}
