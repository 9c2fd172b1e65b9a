// The one place that writes an answer of the token server.
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

/** Nobody but the client may keep a token, so nobody may keep any answer. */
const NOT_KEPT: HeaderList = ['Cache-Control', 'no-store'];

/** What a token request is answered, in the order of the specification; a member that is undefined is left out. */
export interface TokenAnswer extends AccessToken {
  /** What was granted, for OAuth2. */
  readonly scope: string | undefined;
  readonly refreshToken: string | undefined;
}

/** Writes a token. */
export function answerToken(response: ServerResponse, answer: TokenAnswer): void {
  const { token, expiresInSeconds, issuedAt, scope, refreshToken } = answer;
  // A token needs no escapes, for which JSON.stringify would look it through twice.
  let text = `{"token":"${token}","access_token":"${token}","expires_in":${expiresInSeconds},"issued_at":"${issuedAt}"`;
  if (scope !== undefined) text += `,"scope":${JSON.stringify(scope)}`;
  if (refreshToken !== undefined) text += `,"refresh_token":${JSON.stringify(refreshToken)}`;
  write(response, 200, `${text}}`, NOT_KEPT);
}

/** Writes a JSON body. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: HeaderList,
): void {
  write(response, status, JSON.stringify(body), headers);
}

function write(response: ServerResponse, status: number, text: string, headers: HeaderList): void {
  if (response.headersSent || response.destroyed) return;
  const sizeBytes = Buffer.byteLength(text);
  const lengthAndType = ['Content-Type', 'application/json', 'Content-Length', String(sizeBytes)];
  response.writeHead(status, [...lengthAndType, ...headers]);
  // Node joins a string to the head and writes both at once, in the encoding of the string. That of the head is latin1.
  if (sizeBytes === text.length) response.end(text, 'latin1');
  else response.end(Buffer.from(text));
}

/**
 * Writes an error: the registry's `errors`, which docker and its relatives show, and for a POST the members
 * of RFC 6749, section 5.2, beside them.
 */
export function answerError(response: ServerResponse, error: AuthError, options: ErrorAnswerOptions): void {
  const row = errorRow(error.code);
  const detail = error.detail === undefined ? {} : { detail: error.detail };
  const errors = [{ code: row.code, message: error.message, ...detail }];
  const oauth = options.method === 'POST' ? { error: row.oauth, error_description: error.message } : {};
  answerJson(response, row.status, { ...oauth, errors }, headersOf(error, options));
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
