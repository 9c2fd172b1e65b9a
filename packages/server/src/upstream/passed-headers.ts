// Which headers go through between a client and the token server behind the registry (RFC 9110, section 7.6.1). Pure.
//
// Towards the token server only what a token is asked with: it believes its proxy about where a client is, under whatever
// name it was told to look (X-Real-IP, CF-Connecting-IP, …), so that nothing of the kind may come from a client.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

const passedOn = [
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'content-type',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-request-id',
] as const;

/** What concerns one connection alone, or is said anew for the next. */
const notPassedBack: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Where a request came from, as its proxy knows it. */
export interface Forwarded {
  /** '' where it isn't known, as on a socket. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  readonly host: string;
  /** This proxy's own entry, after those of the way to it. */
  readonly via: string;
}

export function headersToUpstream(headers: IncomingHttpHeaders, from: Forwarded): OutgoingHttpHeaders {
  const passed = passedOn.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]));
  return {
    ...Object.fromEntries(passed),
    ...(from.address !== '' && { 'x-forwarded-for': from.address }),
    'x-forwarded-proto': from.scheme,
    'x-forwarded-host': from.host,
    via: headers.via === undefined ? from.via : `${headers.via}, ${from.via}`,
  };
}

/**
 * @param rawHeaders of the token server: name, value, name, value
 * @param isOwn whether the registry has an answer's header of this name itself
 * @returns the same form
 */
export function headersFromUpstream(
  rawHeaders: readonly string[],
  isOwn: (name: string) => boolean,
): string[] {
  const pairs = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  );
  const ofConnection = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((token) => token.trim().toLowerCase()));
  const dropped = new Set([...notPassedBack, ...ofConnection]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase()) && !isOwn(name)).flat();
}
