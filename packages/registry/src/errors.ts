/**
 * The errors of the API, as one table: code, status, meaning. Whatever goes wrong below the listener becomes
 * one of these; only `answer-error.ts` writes them.
 *
 * distribution-spec v1.1.1, "Error Codes"; Docker Registry HTTP API V2, "Errors", for those that it lacks.
 */

interface ErrorRow {
  readonly status: number;
  readonly meaning: string;
}

export const ERRORS = {
  BLOB_UNKNOWN: { status: 404, meaning: 'blob unknown to registry' },
  BLOB_UPLOAD_INVALID: { status: 400, meaning: 'blob upload invalid' },
  BLOB_UPLOAD_UNKNOWN: { status: 404, meaning: 'blob upload unknown to registry' },
  RANGE_INVALID: { status: 416, meaning: 'range cannot be served' },
  DIGEST_INVALID: { status: 400, meaning: 'provided digest did not match uploaded content' },
  MANIFEST_BLOB_UNKNOWN: {
    status: 400,
    meaning: 'manifest references a manifest or blob unknown to registry',
  },
  MANIFEST_INVALID: { status: 400, meaning: 'manifest invalid' },
  MANIFEST_UNKNOWN: { status: 404, meaning: 'manifest unknown to registry' },
  NAME_INVALID: { status: 400, meaning: 'invalid repository name' },
  NAME_UNKNOWN: { status: 404, meaning: 'repository name not known to registry' },
  TAG_INVALID: { status: 400, meaning: 'invalid tag' },
  PAGINATION_NUMBER_INVALID: { status: 400, meaning: 'invalid number of results requested' },
  SIZE_INVALID: { status: 400, meaning: 'provided length did not match content length' },
  UNAUTHORIZED: { status: 401, meaning: 'authentication required' },
  DENIED: { status: 401, meaning: 'requested access to the resource is denied' },
  UNSUPPORTED: { status: 405, meaning: 'the operation is unsupported' },
  TOOMANYREQUESTS: { status: 429, meaning: 'too many requests' },
  UNAVAILABLE: { status: 503, meaning: 'the registry cannot do this now' },
  UNKNOWN: { status: 500, meaning: 'unknown error' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorParts {
  /** For people: what, where, what is allowed. The code's meaning if left out. */
  readonly message?: string;
  /** For programs: any JSON. */
  readonly detail?: unknown;
  /** Where the code's usual status doesn't fit. */
  readonly status?: number;
  /** Headers that belong to the error: WWW-Authenticate, Allow, Range, Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An answer that is an error of the API. */
export class RegistryError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(
      parts.message ?? ERRORS[code].meaning,
      parts.cause === undefined ? undefined : { cause: parts.cause },
    );
    this.code = code;
    this.status = parts.status ?? ERRORS[code].status;
    this.detail = parts.detail;
    this.headers = parts.headers ?? {};
  }
}

/** An expected answer, made without a stack, which would cost more than the rest of the request. */
export function refuse(code: ErrorCode, parts: ErrorParts = {}): RegistryError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new RegistryError(code, parts);
  Error.stackTraceLimit = limit;
  return error;
}
