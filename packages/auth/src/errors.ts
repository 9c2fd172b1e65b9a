// Every way the token endpoint says no: one table, one error class. How it is written is answer.ts's.

export type AuthErrorCode =
  | 'INVALID_REQUEST'
  | 'UNSUPPORTED_GRANT_TYPE'
  | 'UNAUTHORIZED'
  | 'INVALID_GRANT'
  | 'METHOD_NOT_ALLOWED'
  | 'FORM_TIMEOUT'
  | 'FORM_TOO_LARGE'
  | 'FORM_EXPECTED'
  | 'TOOMANYREQUESTS'
  | 'UNAVAILABLE'
  | 'UNKNOWN';

interface ErrorRow {
  readonly status: number;
  /** `code` in the registry's error body; clients of distribution know these and take others as UNKNOWN. */
  readonly code: string;
  /** `error` of RFC 6749, section 5.2. */
  readonly oauth: string;
  /** Whether the answer asks for credentials. */
  readonly challenge?: true;
}

// INVALID_GRANT is a 401 and not RFC 6749's 400: distribution's client, skopeo and podman take 401 as
// "wrong credentials" and show why, containerd falls back to GET on either, and distribution's token
// specification asks for 401 wherever authentication fails.
export const AUTH_ERRORS = {
  INVALID_REQUEST: { status: 400, code: 'INVALID_REQUEST', oauth: 'invalid_request' },
  UNSUPPORTED_GRANT_TYPE: { status: 400, code: 'UNSUPPORTED', oauth: 'unsupported_grant_type' },
  UNAUTHORIZED: { status: 401, code: 'UNAUTHORIZED', oauth: 'invalid_grant', challenge: true },
  INVALID_GRANT: { status: 401, code: 'UNAUTHORIZED', oauth: 'invalid_grant', challenge: true },
  METHOD_NOT_ALLOWED: { status: 405, code: 'UNSUPPORTED', oauth: 'invalid_request' },
  FORM_TIMEOUT: { status: 408, code: 'INVALID_REQUEST', oauth: 'invalid_request' },
  FORM_TOO_LARGE: { status: 413, code: 'INVALID_REQUEST', oauth: 'invalid_request' },
  FORM_EXPECTED: { status: 415, code: 'UNSUPPORTED', oauth: 'invalid_request' },
  TOOMANYREQUESTS: { status: 429, code: 'TOOMANYREQUESTS', oauth: 'temporarily_unavailable' },
  UNAVAILABLE: { status: 503, code: 'UNAVAILABLE', oauth: 'temporarily_unavailable' },
  UNKNOWN: { status: 500, code: 'UNKNOWN', oauth: 'server_error' },
} satisfies Record<AuthErrorCode, ErrorRow>;

export interface AuthErrorDetails {
  readonly detail?: unknown;
  readonly retryAfterSeconds?: number;
}

/** An answer that is no token. `message` and `detail` are for the client and hold no secret. */
export class AuthError extends Error {
  readonly code: AuthErrorCode;
  readonly detail: unknown;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: AuthErrorCode, message: string, { detail, retryAfterSeconds }: AuthErrorDetails = {}) {
    // An expected answer needs no stack, which costs more than all the rest.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'AuthError';
    this.code = code;
    this.detail = detail;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The row of an error's code. */
export function errorRow(code: AuthErrorCode): ErrorRow {
  return AUTH_ERRORS[code];
}

/** A parameter that is missing, given twice or wrong, by its name. */
export function badParameter(parameter: string, reason: string): AuthError {
  return new AuthError('INVALID_REQUEST', `${parameter}: ${reason}`, { detail: { parameter } });
}
