/**
 * The Authorization header in its parts. It knows the two schemes and nothing of what they are worth.
 *
 * RFC 9110 section 11.6.2; RFC 6750 section 2.1 (Bearer); RFC 7617 (Basic).
 */

import type { RequestHead } from '../request-head.ts';

export type Credential =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'basic'; readonly account: string; readonly password: string }
  | { readonly scheme: 'unusable'; readonly why: string };

/** A password longer than this is none: bcrypt reads 72 bytes. */
const MAX_BASIC_LENGTH = 8 * 1024;

const HEADER_NAME = 'authorization';

/** Stands for more than one Authorization header. A line break can't come in a header. */
export const SEVERAL = '\n';

/**
 * The Authorization header as it was sent: undefined without one, SEVERAL where there is more than one, since
 * proxies differ in which of them counts. Reads the raw headers, as node:http's object silently keeps the first.
 */
export function authorizationOf(request: RequestHead): string | undefined {
  const raw = request.rawHeaders;
  let found: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i];
    if (name?.length !== HEADER_NAME.length || name.toLowerCase() !== HEADER_NAME) continue;
    if (found !== undefined) return SEVERAL;
    found = raw[i + 1];
  }
  return found;
}

/** The credential that `header` holds; never an error: what can't be used says why. */
export function parseAuthorization(header: string | undefined): Credential {
  const text = header?.trim() ?? '';
  if (header === SEVERAL) return unusable('the request has several Authorization headers, one is allowed');
  if (text === '') return { scheme: 'none' };
  const end = text.search(/\s/);
  const scheme = (end < 0 ? text : text.slice(0, end)).toLowerCase();
  const rest = end < 0 ? '' : text.slice(end).trim();
  if (scheme === 'bearer') return rest === '' ? { scheme: 'none' } : { scheme: 'bearer', token: rest };
  if (scheme === 'basic') return parseBasic(rest);
  return unusable("the Authorization header's scheme is neither Bearer nor Basic");
}

function parseBasic(encoded: string): Credential {
  if (encoded.length > MAX_BASIC_LENGTH)
    return unusable(`the Basic credentials are longer than ${MAX_BASIC_LENGTH} characters`);
  const text = decodeBase64(encoded);
  if (text === undefined) return unusable('the Basic credentials are not base64 of UTF-8 text');
  const colon = text.indexOf(':');
  if (colon < 0) return unusable('the Basic credentials have no colon between account and password');
  if (/\p{Cc}/u.test(text)) return unusable('the Basic credentials hold control characters');
  return { scheme: 'basic', account: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decodeBase64(encoded: string): string | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips what isn't base64; only what comes back the same was.
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/={1,2}$/, '')) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unusable(why: string): Credential {
  return { scheme: 'unusable', why };
}
