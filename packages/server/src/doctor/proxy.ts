// Which proxy answered in the registry's place, by the headers that name it, and what to write into its configuration.

import type { IncomingHttpHeaders } from 'node:http';

interface ProxyRow {
  readonly pattern: RegExp;
  /** What lets a large body through. */
  readonly largeBodies: string;
  /** What gives a slow push its time. */
  readonly patience: string;
}

const proxies = {
  nginx: {
    pattern: /nginx|openresty|tengine/i,
    largeBodies: 'Set client_max_body_size 0; and proxy_request_buffering off; in its server block',
    patience: 'Raise proxy_read_timeout and proxy_send_timeout (900s), and set proxy_request_buffering off;',
  },
  apache: {
    pattern: /apache/i,
    largeBodies: 'Set LimitRequestBody 0 for the registry',
    patience: 'Raise ProxyTimeout (900)',
  },
  cloudflare: {
    pattern: /cloudflare/i,
    largeBodies:
      'Its plans limit the size of a body: take the registry\'s name out of the proxy ("DNS only")',
    patience: 'It waits no longer than 100 s: take the registry\'s name out of the proxy ("DNS only")',
  },
  caddy: {
    pattern: /caddy/i,
    largeBodies: 'Raise max_size of request_body in its Caddyfile, or take it out',
    patience: 'Raise the timeouts of reverse_proxy in its Caddyfile',
  },
  traefik: {
    pattern: /traefik/i,
    largeBodies: 'Take the buffering middleware from its router, or raise maxRequestBodyBytes',
    patience: 'Raise respondingTimeouts.readTimeout of its entry point',
  },
  envoy: {
    pattern: /envoy|istio/i,
    largeBodies: 'Take the buffer filter from its route, or raise max_request_bytes',
    patience: "Set the route's timeout to 0s",
  },
  haproxy: {
    pattern: /haproxy/i,
    largeBodies: 'Look for a rule on req.body_size in its configuration',
    patience: 'Raise timeout server and timeout client',
  },
  iis: {
    pattern: /microsoft-iis|microsoft-httpapi/i,
    largeBodies: 'Raise maxAllowedContentLength of requestLimits in web.config',
    patience: "Raise the proxy's timeout in Application Request Routing",
  },
} satisfies Record<string, ProxyRow>;

export interface Proxy {
  /** As its headers have it: `nginx/1.27 (Server)`, or words for one that gives no name. */
  readonly name: string;
  readonly largeBodies: string;
  readonly patience: string;
}

const unnamed = {
  largeBodies: "Raise the limit of the request's size in the proxy between here and the registry",
  patience: 'Raise the timeouts of the proxy between here and the registry',
} as const;

/** Envoy and others put their Server header over the registry's own; Via stands beside it. */
export function proxyOf({ server, via }: IncomingHttpHeaders): Proxy {
  const named = [
    [textOf(via), 'Via'],
    [textOf(server), 'Server'],
  ] as const;
  for (const [value, header] of named) {
    const row = Object.values<ProxyRow>(proxies).find(({ pattern }) => pattern.test(value ?? ''));
    if (row !== undefined && value !== undefined) return { ...row, name: `${value} (${header})` };
  }
  for (const [value, header] of named) {
    if (value !== undefined) return { ...unnamed, name: `${value} (${header})` };
  }
  return { ...unnamed, name: 'a server that gives no name (neither Server nor Via)' };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : [header].flat().join(', ');
}
