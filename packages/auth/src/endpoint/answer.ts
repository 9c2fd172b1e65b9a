// The one place that writes an answer of the token server.
import type { ServerResponse } from 'node:http';
import { AuthError, errorRow } from '../errors.ts';

export interface ErrorAnswerOptions {
  /** Named in the challenge; docker_auth's realm is the issuer. */
  readonly issuer: string;
  readonly method: string;
}

/** Writes a JSON body. Nobody but the client may keep a token, so nobody may keep any answer. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  // Bytes, not a string: Node joins a string to the head and would encode both as UTF-8.
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(bytes);
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

function headersOf(error: AuthError, { issuer }: ErrorAnswerOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  if (errorRow(error.code).challenge) headers['WWW-Authenticate'] = `Basic realm="${quoted(issuer)}"`;
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds);
  if (error.code === 'METHOD_NOT_ALLOWED') headers['Allow'] = 'GET, HEAD, POST';
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
