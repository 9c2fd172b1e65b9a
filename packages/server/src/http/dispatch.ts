// Who answers a request: registry and token endpoint straight from node:http, everything else the Express app.

import type { RequestListener } from 'node:http';
import type { Auth } from '@berth/auth';
import { isArchivePath } from '@berth/registry';

export interface DispatchOptions {
  /** Answers /v2 and everything below, and the archives' paths. Undefined where there is only the token server. */
  readonly registry: RequestListener | undefined;
  /** In front of /v2, without a slash at its end; /v2 itself is not the registry's then. */
  readonly prefix?: string;
  /** Gives out tokens at its paths, or has another server give them. Undefined where clients go to that one. */
  readonly tokens: Pick<Auth, 'tokenPaths' | 'tokenListener'> | undefined;
  readonly app: RequestListener;
  /** What every answer gets beside its own headers. */
  readonly headers: Readonly<Record<string, string>>;
}

const hstsName = 'Strict-Transport-Security';
/** docker_auth's value: two years. */
const hstsValue = 'max-age=63072000; includeSubDomains';

export function dispatcher({
  registry,
  prefix = '',
  tokens,
  app,
  headers,
}: DispatchOptions): RequestListener {
  const common = Object.entries(headers);
  const allowsOrigins = common.some(([name]) => name.toLowerCase() === 'access-control-allow-origin');
  return (request, response) => {
    let url = request.url ?? '/';
    // The absolute form, as clients send it to a proxy, must be taken as well (RFC 9112, section 3.2.2).
    if (url.charCodeAt(0) !== slash) {
      url = url.replace(/^https?:\/\/[^/?#]*/i, '') || '/';
      request.url = url;
    }
    for (const [name, value] of common) response.setHeader(name, value);
    // A browser asks so before each request to another origin, and never with a login.
    if (allowsOrigins && request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    if (registry !== undefined && isForRegistry(url, prefix)) {
      request.url = url.slice(prefix.length);
      registry(request, response);
      return;
    }
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    if (tokens?.tokenPaths.has(pathOf(url))) tokens.tokenListener(request, response);
    else app(request, response);
  };
}

/** What every answer gets beside its own headers. */
export function hstsHeaders(hsts: boolean): Readonly<Record<string, string>> {
  return hsts ? { [hstsName]: hstsValue } : {};
}

const slash = 47;
const questionMark = 63;

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** @param prefix without a slash at its end */
export function isForRegistry(url: string, prefix: string): boolean {
  if (!url.startsWith(prefix)) return false;
  return isRegistryPath(url, prefix.length) || isArchivePath(url.slice(prefix.length));
}

function isRegistryPath(url: string, start: number): boolean {
  if (!url.startsWith('/v2', start)) return false;
  const next = url.charCodeAt(start + 3);
  return Number.isNaN(next) || next === slash || next === questionMark;
}
