// Who answers a request: registry and token endpoint straight from node:http, everything else the Express app.

import type { RequestListener } from 'node:http';
import type { Auth } from '@berth/auth';
import { isArchivePath } from '@berth/registry';

export interface DispatchOptions {
  /** Answers /v2 and everything below, and the archives' paths. Undefined where there is only the token server. */
  readonly registry: RequestListener | undefined;
  /** Gives out tokens at its paths. */
  readonly tokens: Pick<Auth, 'tokenPaths' | 'tokenListener'>;
  readonly app: RequestListener;
  /** Send Strict-Transport-Security with every answer. */
  readonly hsts: boolean;
}

const hstsName = 'Strict-Transport-Security';
/** docker_auth's value: two years. */
const hstsValue = 'max-age=63072000; includeSubDomains';

export function dispatcher({ registry, tokens, app, hsts }: DispatchOptions): RequestListener {
  return (request, response) => {
    let url = request.url ?? '/';
    // The absolute form, as clients send it to a proxy, must be taken as well (RFC 9112, section 3.2.2).
    if (url.charCodeAt(0) !== slash) {
      url = url.replace(/^https?:\/\/[^/?#]*/i, '') || '/';
      request.url = url;
    }
    if (hsts) response.setHeader(hstsName, hstsValue);
    if (registry !== undefined && (isRegistryPath(url) || isArchivePath(url))) {
      registry(request, response);
      return;
    }
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    if (tokens.tokenPaths.has(pathOf(url))) tokens.tokenListener(request, response);
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

function isRegistryPath(url: string): boolean {
  if (!url.startsWith('/v2')) return false;
  const next = url.charCodeAt(3);
  return Number.isNaN(next) || next === slash || next === questionMark;
}
