/** What happened: one event for each request, after its answer. Logs, metrics and audits live on these. */

export interface RegistryEvent {
  readonly requestId: string;
  readonly method: string;
  /** Without the query, in which secrets may stand. */
  readonly path: string;
  /** The kind of route, where the path was one. */
  readonly route: string | undefined;
  readonly name: string | undefined;
  /** The tag or digest that was asked for. */
  readonly reference: string | undefined;
  /** 499 where the client went away before the answer. */
  readonly status: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly durationMs: number;
  /** '' for anonymous; undefined where nobody was let in. */
  readonly account: string | undefined;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
  /** What was behind a 500 or 503. */
  readonly cause: unknown;
}
