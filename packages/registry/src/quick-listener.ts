/**
 * The hot path: GET and HEAD of manifests and small blobs, answered at once and without a promise where
 * everything needed is at hand: a credential that was verified before, a path that was parsed before, and a disk
 * that answers quickly. Whatever isn't so is not answered here but by the listener, to the same effect.
 */

import { LRUCache } from 'lru-cache';
import type { Need } from './access/gate.ts';
import { needsOf } from './access/needs.ts';
import type { Answer } from './answer.ts';
import { type ErrorOutcome, errorAnswer, outcomeOf } from './answer-error.ts';
import type { QuickReads } from './drivers/driver.ts';
import { turnReads } from './drivers/turn-reads.ts';
import { RegistryError } from './errors.ts';
import type { ListenerOptions } from './listener.ts';
import { parseRoute, type Route } from './path.ts';
import type { RequestHead } from './request-head.ts';
import { blobAnswer, blobHeadAnswer } from './routes/blobs.ts';
import { manifestAnswer } from './routes/manifests.ts';
import { blobUnknown } from './store/blobs.ts';
import type { StoreContext } from './store/context.ts';
import { manifestUnknown } from './store/manifests.ts';
import { blobSizeBytesNow, readBlobNow, readManifestNow } from './store/read-now.ts';
import { eventOf, newTrace } from './trace.ts';

/** An answer that is all in memory; the same object for the same answer, where it could be kept. */
export interface QuickAnswer extends Answer {
  readonly body?: Buffer;
}

/**
 * Answers `request` through `reply`, at once, or gives false and has done nothing.
 * @param line method and path, as in `GET /v2/a/manifests/1.0`: what is known of it is remembered by this text
 */
export type QuickListener = (
  line: string,
  request: RequestHead,
  reply: (answer: QuickAnswer) => void,
) => boolean;

type QuickRoute = Extract<Route, { kind: 'manifest-get' | 'manifest-head' | 'blob-get' | 'blob-head' }>;

interface Asked {
  readonly route: QuickRoute;
  readonly path: string;
  readonly needs: readonly Need[];
  /** The answer where there is no such thing, made when it is first needed. */
  unknown?: Found;
}

interface Found {
  readonly answer: QuickAnswer;
  readonly outcome: ErrorOutcome | undefined;
}

/** Lines as long as any that is usual, with what was parsed from them, take about 1 KiB. */
const REMEMBERED_LINES = 10_000;

/** Nothing else is parsed here: all of it means the same to every reader. */
const PLAIN_LINE = /^(GET|HEAD) (\/v2\/[a-z0-9._/-]+\/(?:manifests|blobs)\/[\w.:-]+)$/;

/** @returns undefined where nothing can be answered quickly: the driver has no quick reads */
export function createQuickListener(options: ListenerOptions): QuickListener | undefined {
  const { store, gate } = options;
  if (store.driver.quick === undefined) return undefined;
  const reads = turnReads(store.driver.quick);
  const lines = new LRUCache<string, Asked>({ maxSize: REMEMBERED_LINES, sizeCalculation: () => 1 });
  return (line, request, reply) => {
    const asked = lines.get(line) ?? learn(lines, line);
    if (asked === undefined) return false;
    const { route, path } = asked;
    const grant = gate.recall?.(request, asked.needs);
    if (grant === undefined) return false;
    const trace = newTrace(path);
    const found = answerNow(store, reads, asked, request);
    if (found === undefined) return false;
    const { answer, outcome } = found;
    reply(answer);
    if (options.onEvent === undefined) return true;
    trace.route = route;
    trace.grant = grant;
    trace.status = answer.status;
    trace.sentBytes = request.method === 'HEAD' ? 0 : (answer.body?.byteLength ?? 0);
    trace.outcome = outcome;
    options.onEvent(eventOf(request, trace, store.randomId(), options.address(request)));
    return true;
  };
}

function learn(lines: LRUCache<string, Asked>, line: string): Asked | undefined {
  // A text of its own: a part of another keeps all of that in memory, and here it is a head with a token in it.
  const own = Buffer.from(line, 'latin1').toString('latin1');
  const [, method = '', path = ''] = PLAIN_LINE.exec(own) ?? [];
  if (path === '') return undefined;
  const route = routeOf(method, path);
  if (route === undefined) return undefined;
  const asked = { route, path, needs: needsOf(route) };
  lines.set(own, asked);
  return asked;
}

/** Undefined for what the listener refuses. */
function routeOf(method: string, path: string): QuickRoute | undefined {
  try {
    const route = parseRoute(method, path);
    switch (route.kind) {
      case 'manifest-get':
      case 'manifest-head':
      case 'blob-get':
      case 'blob-head':
        return route;
      default:
        return undefined;
    }
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}

function answerNow(
  store: StoreContext,
  reads: QuickReads,
  asked: Asked,
  { headers }: RequestHead,
): Found | undefined {
  try {
    const answer = contentNow(store, reads, asked.route, headers);
    if (answer !== 'missing') return answer && { answer, outcome: undefined };
    asked.unknown ??= unknownOf(asked.route);
    return asked.unknown;
  } catch {
    // The listener will meet it too, and knows what to say of it.
    return undefined;
  }
}

function unknownOf(route: QuickRoute): Found {
  const error =
    'digest' in route ? blobUnknown(route.name, route.digest) : manifestUnknown(route.name, route.reference);
  const answer = errorAnswer(error);
  const sentBytes = route.kind.endsWith('-head') ? 0 : answer.body.byteLength;
  return { answer, outcome: outcomeOf(error, undefined, sentBytes) };
}

function contentNow(
  store: StoreContext,
  reads: QuickReads,
  route: QuickRoute,
  headers: RequestHead['headers'],
): QuickAnswer | 'missing' | undefined {
  const { name } = route;
  switch (route.kind) {
    case 'manifest-get':
    case 'manifest-head': {
      const manifest = readManifestNow(reads, store.manifests, name, route.reference);
      return typeof manifest === 'object' ? manifestAnswer(manifest, headers) : manifest;
    }
    case 'blob-head': {
      const sizeBytes = blobSizeBytesNow(reads, name, route.digest);
      return typeof sizeBytes === 'number' ? blobHeadAnswer(route.digest, sizeBytes, headers) : sizeBytes;
    }
    case 'blob-get': {
      // A part is rarely asked for, and never of a blob that is small.
      if (headers.range !== undefined) return undefined;
      const whole = readBlobNow(reads, name, route.digest);
      return typeof whole === 'object' ? blobAnswer(route.digest, whole, headers) : whole;
    }
    default:
      return route satisfies never;
  }
}
