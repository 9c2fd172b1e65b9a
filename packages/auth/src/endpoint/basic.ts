// Basic credentials of an Authorization header (RFC 7617). Pure.
import { isUtf8 } from 'node:buffer';
import { ACCOUNT_SIZE_BYTES } from '../limits.ts';

export type BasicCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'basic'; readonly account: string; readonly password: string };

const SCHEME = /^basic(?: |$)/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SCHEME_LENGTH = 'basic'.length;

/**
 * Reads the header. The first colon ends the account, so a password may hold more of them. A header of
 * another scheme is no credentials at all, as in docker_auth: some clients send the registry's Bearer along.
 */
export function parseBasic(header: string | undefined): BasicCredentials {
  if (header === undefined || !SCHEME.test(header)) return { kind: 'none' };
  const encoded = header.slice(SCHEME_LENGTH).trim();
  if (!BASE64.test(encoded)) return malformed('it is not base64');
  const bytes = Buffer.from(encoded, 'base64');
  if (!isUtf8(bytes)) return malformed('it is not UTF-8');
  const text = bytes.toString(); // a leading U+FEFF stays, being part of what was typed
  const colon = text.indexOf(':');
  if (colon < 0) return malformed('it has no colon between account and password');
  const account = text.slice(0, colon);
  if (Buffer.byteLength(account) > ACCOUNT_SIZE_BYTES) return malformed('the account is too long');
  return { kind: 'basic', account, password: text.slice(colon + 1) };
}

function malformed(reason: string): BasicCredentials {
  return { kind: 'malformed', reason };
}
