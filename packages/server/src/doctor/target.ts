// The registry that is looked at, and how its address may be written. Pure.

import { StartError } from '../errors.ts';
import { hostOfAddress } from '../http/host.ts';

export interface Target {
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** As in an image's name: `registry.example.com:5000`, without the port if the scheme implies it. */
  readonly host: string;
  /** Undefined if the address has none: what is spoken is found out, HTTPS first, as docker does. */
  readonly scheme: 'http' | 'https' | undefined;
  /** What stands before /v2/: `/`, or the prefix of distribution's `http.prefix`. Ends with a slash. */
  readonly prefix: string;
}

const defaultAddress = 'localhost:5000';
const defaultPorts = { http: 80, https: 443 } as const;

/**
 * @param text `https://host:port`, `host:port` or `host`, with or without /v2/; undefined for where `berth serve` listens
 * @throws StartError
 */
export function parseTarget(text = defaultAddress): Target {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = URL.parse(hasScheme ? text : `https://${text}`);
  const scheme = schemes[url?.protocol ?? ''];
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url === null || scheme === undefined || !isPlain) {
    throw new StartError(
      `${withoutPassword(text)} is not the address of a registry, as in https://registry.example.com or localhost:5000`,
    );
  }
  const port = url.port === '' ? defaultPorts[scheme] : Number(url.port);
  return {
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    host: url.host,
    scheme: hasScheme ? scheme : undefined,
    prefix: url.pathname.replace(/(?:\/v2)?\/?$/, '/'),
  };
}

const schemes: Readonly<Record<string, 'http' | 'https'>> = { 'http:': 'http', 'https:': 'https' };

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//…@');
}

/** The registry's root, from which `v2/…` is resolved. */
export function baseUrl({ hostname, port, prefix }: Target, scheme: 'http' | 'https'): URL {
  return new URL(`${scheme}://${hostOfAddress(hostname)}:${port}${prefix}`);
}

export function isLoopbackName(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(hostname);
}
