/** What is known of a request so far, and the event that is made of it in the end. */

import type { Grant } from './access/gate.ts';
import type { ErrorOutcome } from './answer-error.ts';
import type { RegistryEvent } from './events.ts';
import type { Route } from './path.ts';
import type { RequestHead } from './request-head.ts';

export interface Trace {
  readonly startedMs: number;
  readonly path: string;
  route: Route | undefined;
  grant: Grant | undefined;
  readonly received: { bytes: number };
  status: number;
  sentBytes: number;
  outcome: ErrorOutcome | undefined;
}

/** @param path without its query, in which secrets may stand */
export function newTrace(path: string): Trace {
  return {
    startedMs: performance.now(),
    path,
    route: undefined,
    grant: undefined,
    received: { bytes: 0 },
    status: 0,
    sentBytes: 0,
    outcome: undefined,
  };
}

export function eventOf(
  request: RequestHead,
  trace: Trace,
  requestId: string,
  address: string,
): RegistryEvent {
  const { route, outcome } = trace;
  return {
    requestId,
    method: request.method ?? '',
    path: trace.path,
    route: route?.kind,
    name: route !== undefined && 'name' in route ? route.name : undefined,
    reference: referenceOf(route),
    status: trace.status,
    receivedBytes: trace.received.bytes,
    sentBytes: trace.sentBytes,
    durationMs: performance.now() - trace.startedMs,
    account: trace.grant?.account,
    address,
    userAgent: request.headers['user-agent'],
    errorCode: outcome?.code,
    errorMessage: outcome?.message,
    cause: outcome?.cause,
  };
}

function referenceOf(route: Route | undefined): string | undefined {
  if (route === undefined) return undefined;
  if ('digest' in route) return route.digest.text;
  if (!('reference' in route)) return undefined;
  return route.reference.kind === 'tag' ? route.reference.tag : route.reference.digest.text;
}
