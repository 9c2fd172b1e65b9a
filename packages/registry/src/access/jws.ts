/**
 * A compact JWS in its parts: the form only, nothing of it is trusted yet. It knows no keys and no claims.
 *
 * RFC 7515 sections 3.1 and 4.
 */

import { clip, malformed } from './token-fault.ts';

export interface CompactJws {
  readonly alg: string;
  readonly kid: string | undefined;
  /** The chain of the signing key, leaf first, as base64 of DER; [] where the header has none. */
  readonly x5c: readonly string[];
  /** What was signed: header and payload as they came. */
  readonly signed: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Node takes 16 KiB of headers; a token of a hundred scopes is 8 KiB. */
export const MAX_TOKEN_LENGTH = 16 * 1024;

/** Chains are two or three long; each certificate costs a signature to check. */
const MAX_CHAIN_LENGTH = 8;

/**
 * The parts of `text`.
 * @throws InvalidToken where it isn't a compact JWS, or its header asks for what isn't understood
 */
export function parseCompactJws(text: string): CompactJws {
  if (text.length > MAX_TOKEN_LENGTH)
    throw malformed(`it is ${text.length} characters long, ${MAX_TOKEN_LENGTH} are allowed`);
  const parts = text.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3) throw malformed(`it has ${parts.length} parts between dots, a JWT has 3`);
  return {
    ...parseHeader(parseJsonObject(decodeBase64Url(header, 'header'), 'header')),
    signed: text.slice(0, header.length + 1 + payload.length),
    payload: decodeBase64Url(payload, 'payload'),
    signature: decodeBase64Url(signature, 'signature'),
  };
}

/** @throws InvalidToken where `bytes` aren't UTF-8 JSON of an object */
export function parseJsonObject(bytes: Uint8Array, part: string): Readonly<Record<string, unknown>> {
  const value = parseJson(bytes, part);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(`its ${part} is not a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

function parseJson(bytes: Uint8Array, part: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw malformed(`its ${part} is not JSON in UTF-8`);
  }
}

function parseHeader(header: Readonly<Record<string, unknown>>): Pick<CompactJws, 'alg' | 'kid' | 'x5c'> {
  const { alg, crit } = header;
  if (crit !== undefined)
    throw malformed(`its header has crit ${clip(JSON.stringify(crit))}, of which nothing is understood`);
  if (typeof alg !== 'string') throw malformed('its header has no alg');
  const jwk = optionalObject(header['jwk']);
  // An embedded jwk may say which key it is, as libtrust has it. The key in it is never used.
  return { alg, kid: parseKid(header['kid'] ?? jwk['kid']), x5c: parseX5c(header['x5c'] ?? jwk['x5c']) };
}

function optionalObject(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw malformed("its header's jwk is not an object");
}

function parseKid(value: unknown): string | undefined {
  // libtrust and Go leave an empty string where there is nothing to say.
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw malformed("its header's kid is not a string");
  return value;
}

function parseX5c(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_CHAIN_LENGTH)
    throw malformed(`its header's x5c is not a list of 1 to ${MAX_CHAIN_LENGTH} certificates`);
  if (!value.every((item) => typeof item === 'string'))
    throw malformed("its header's x5c holds something other than strings");
  return value;
}

/** Base64url without padding, of which each text has one way to be written. */
function decodeBase64Url(text: string, part: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (text === '' || bytes.toString('base64url') !== text)
    throw malformed(`its ${part} is not base64url without padding`);
  return bytes;
}
