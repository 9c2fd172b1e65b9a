/**
 * The way of a request through the stations: path grammar, access, route, store. Only this file knows them all;
 * errors travel up to here.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessGate } from './access/gate.ts';
import { needsOf, wantsOf } from './access/needs.ts';
import { type Answer, located } from './answer.ts';
import { answerError } from './answer-error.ts';
import { refuse } from './errors.ts';
import type { RegistryEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import { parseRoute, type Route } from './path.ts';
import type { RequestHead } from './request-head.ts';
import { getBase } from './routes/base.ts';
import { getBlob, headBlob, removeBlob } from './routes/blobs.ts';
import { getCatalog } from './routes/catalog.ts';
import { getManifest, putManifest, removeManifest } from './routes/manifests.ts';
import { getReferrers } from './routes/referrers.ts';
import { getTags } from './routes/tags.ts';
import {
  deleteUpload,
  getUpload,
  patchUpload,
  postUpload,
  putUpload,
  wantsOfMount,
} from './routes/uploads.ts';
import { send } from './send.ts';
import type { StoreContext } from './store/context.ts';
import { eventOf, newTrace, type Trace } from './trace.ts';

export interface ListenerOptions {
  readonly store: StoreContext;
  readonly gate: AccessGate;
  readonly deleteEnabled: boolean;
  readonly readOnly: boolean;
  readonly locationBase: string;
  readonly address: (request: RequestHead) => string;
  readonly onEvent: ((event: RegistryEvent) => void) | undefined;
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers everything below /v2, and what isArchivePath knows. */
export function createListener(options: ListenerOptions): Listener {
  return (request, response) => {
    void handle(options, request, response);
  };
}

async function handle(
  options: ListenerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const trace = newTrace(mark === -1 ? url : url.slice(0, mark));
  let requestId = '';
  try {
    const query = queryOf(mark === -1 ? '' : url.slice(mark + 1), options.store.limits.queryBytes);
    const answer = await answerOf(options, request, response, query, trace);
    const headers = located(options.locationBase, answer.headers);
    trace.status = answer.status;
    trace.sentBytes = await send(
      response,
      headers === answer.headers ? answer : { ...answer, headers },
      options.store.limits,
    );
  } catch (error) {
    requestId = options.store.randomId();
    trace.outcome = await answerError(request, response, error, requestId, options);
    trace.status = trace.outcome.status;
    trace.sentBytes = trace.outcome.sentBytes;
  }
  if (options.onEvent === undefined) return;
  options.onEvent(eventOf(request, trace, requestId || options.store.randomId(), options.address(request)));
}

async function answerOf(
  options: ListenerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  trace: Trace,
): Promise<Answer> {
  const { gate, store, deleteEnabled } = options;
  const route = parseRoute(request.method ?? 'GET', trace.path);
  trace.route = route;
  const wants = route.kind === 'upload-start' ? wantsOfMount(query) : wantsOf(route);
  const granted = gate.authorize(request, needsOf(route), wants);
  // A promise only for a password: with a token the hot path stays synchronous.
  const grant = granted instanceof Promise ? await granted : granted;
  trace.grant = grant;
  if (options.readOnly) refuseWrites(route);
  const { received } = trace;
  return await run({ request, response, query, grant, gate, store, deleteEnabled, received }, route);
}

function run(exchange: Exchange, route: Route): Answer | Promise<Answer> {
  switch (route.kind) {
    case 'manifest-get':
    case 'manifest-head':
      return getManifest(exchange, route);
    case 'blob-get':
      return getBlob(exchange, route);
    case 'blob-head':
      return headBlob(exchange, route);
    case 'base':
      return getBase();
    case 'catalog':
      return getCatalog(exchange);
    case 'blob-delete':
      return removeBlob(exchange, route);
    case 'manifest-put':
      return putManifest(exchange, route);
    case 'manifest-delete':
      return removeManifest(exchange, route);
    case 'upload-start':
      return postUpload(exchange, route);
    case 'upload-status':
      return getUpload(exchange, route);
    case 'upload-append':
      return patchUpload(exchange, route);
    case 'upload-finish':
      return putUpload(exchange, route);
    case 'upload-cancel':
      return deleteUpload(exchange, route);
    case 'tags':
      return getTags(exchange, route);
    case 'referrers':
      return getReferrers(exchange, route);
    // Loaded where somebody asks for it: most never do, and the parser of forms takes some megabytes.
    case 'archive-upload':
      return import('./routes/archives.ts').then(({ postArchive }) => postArchive(exchange, route));
    case 'archive-download':
      return import('./routes/archives.ts').then(({ getArchive }) => getArchive(exchange, route));
    default:
      return unreachable(route);
  }
}

function unreachable(route: never): never {
  throw new TypeError(`no handler for ${JSON.stringify(route)}`);
}

const READS: ReadonlySet<Route['kind']> = new Set([
  'base',
  'catalog',
  'blob-get',
  'blob-head',
  'manifest-get',
  'manifest-head',
  'tags',
  'referrers',
  'upload-status',
  'archive-download',
]);

function refuseWrites(route: Route): void {
  if (READS.has(route.kind)) return;
  throw refuse('UNSUPPORTED', {
    message:
      'the registry is read-only: storage.maintenance.readonly.enabled (REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED) is true',
    headers: { Allow: 'GET, HEAD' },
  });
}

const NO_QUERY = new URLSearchParams();

function queryOf(text: string, limitBytes: number): URLSearchParams {
  if (text === '') return NO_QUERY;
  if (text.length <= limitBytes) return new URLSearchParams(text);
  throw refuse('UNSUPPORTED', {
    status: 414,
    message: `the query is too long; allowed: ${limitBytes} bytes`,
  });
}
