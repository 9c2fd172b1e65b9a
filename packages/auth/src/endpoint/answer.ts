// What the token server answers, and the one place that writes it to a response of node:http.
import type { ServerResponse } from 'node:http';
import { AuthError, errorRow } from '../errors.ts';
import type { AccessToken } from '../tokens/access-token.ts';

export interface ErrorAnswerOptions {
  /** Named in the challenge; docker_auth's realm is the issuer. */
  readonly issuer: string;
  readonly method: string;
}

/** Flat, as Node writes it fastest: name, value, name, value. */
type HeaderList = readonly string[];

/** An answer whose body is JSON, of ASCII alone. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** Nobody but the client may keep a token, so nobody may keep any answer. */
const NOT_KEPT: HeaderList = ['Cache-Control', 'no-store'];

/** What a token is answered with, in the order of the specification; a member that is undefined is left out. */
export interface TokenContent extends AccessToken {
  /** What was granted, for OAuth2. */
  readonly scope: string | undefined;
  readonly refreshToken: string | undefined;
}

export function tokenAnswer(content: TokenContent): JsonAnswer {
  const { token, expiresInSeconds, issuedAt, scope, refreshToken } = content;
  // A token needs no escapes, for which JSON.stringify would look it through twice.
  let text = `{"token":"${token}","access_token":"${token}","expires_in":${expiresInSeconds},"issued_at":"${issuedAt}"`;
  if (scope !== undefined) text += `,"scope":${JSON.stringify(scope)}`;
  if (refreshToken !== undefined) text += `,"refresh_token":${JSON.stringify(refreshToken)}`;
  return jsonAnswer(200, `${text}}`, NOT_KEPT);
}

export function jsonAnswer(status: number, body: string, headers: HeaderList): JsonAnswer {
  const ascii = body.replace(NOT_ASCII, escaped);
  const lengthAndType = ['Content-Type', 'application/json', 'Content-Length', String(ascii.length)];
  return { status, headers: [...lengthAndType, ...headers], body: ascii };
}

/** Writes `answer`, if there is somebody left to write it to. */
export function writeAnswer(response: ServerResponse, { status, headers, body }: JsonAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, [...headers]);
  // Node joins a string to the head and writes both at once, in the encoding of the string. That of the head is latin1.
  response.end(body, 'latin1');
}

/**
 * An error: the registry's `errors`, which docker and its relatives show, and for a POST the members of
 * RFC 6749, section 5.2, beside them.
 */
export function errorAnswer(error: AuthError, options: ErrorAnswerOptions): JsonAnswer {
  const row = errorRow(error.code);
  const detail = error.detail === undefined ? {} : { detail: error.detail };
  const errors = [{ code: row.code, message: error.message, ...detail }];
  const oauth = options.method === 'POST' ? { error: row.oauth, error_description: error.message } : {};
  return jsonAnswer(row.status, JSON.stringify({ ...oauth, errors }), headersOf(error, options));
}

function headersOf(error: AuthError, { issuer }: ErrorAnswerOptions): HeaderList {
  const headers = [...NOT_KEPT];
  if (errorRow(error.code).challenge) headers.push('WWW-Authenticate', `Basic realm="${quoted(issuer)}"`);
  if (error.retryAfterSeconds !== undefined) headers.push('Retry-After', String(error.retryAfterSeconds));
  if (error.code === 'METHOD_NOT_ALLOWED') headers.push('Allow', 'GET, HEAD, POST');
  return headers;
}

/** A quoted-string (RFC 9110, section 5.6.4), its UTF-8 as the bytes of a header, without controls. */
function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get into a header
  const escaped = text.replace(/[\x00-\x1f\x7f]/g, ' ').replace(/["\\]/g, '\\$&');
  return Buffer.from(escaped).toString('latin1');
}

/** What a client is told of anything that was thrown. */
export function toAuthError(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  return new AuthError('UNKNOWN', 'the token server failed; its log says why');
}

const NOT_ASCII = /[\u0080-\uffff]/g;

/** As JSON writes a character that is not to stand for itself. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
