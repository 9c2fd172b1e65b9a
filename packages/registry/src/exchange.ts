/** One request on its way through the stations: what the routes work with. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessGate, Grant } from './access/gate.ts';
import type { StoreContext } from './store/context.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly grant: Grant;
  readonly gate: AccessGate;
  readonly store: StoreContext;
  readonly deleteEnabled: boolean;
  /** Counted as the body comes. */
  readonly received: { bytes: number };
}
