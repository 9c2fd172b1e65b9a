/** The gate that stands open: no accounts, no tokens. For embedding, tests, and registries behind another gate. */

import type { AccessGate, Grant } from './gate.ts';
import { denied } from './refusals.ts';

const EVERYTHING: Grant = Object.freeze({
  account: '',
  allows: () => true,
  asked: () => true,
  holds: [],
  mayPull: () => true,
});

/** Everyone may do everything, without a name. */
export function openAccess(): AccessGate {
  return Object.freeze<AccessGate>({
    authorize: () => EVERYTHING,
    // Nothing is ever missing from this grant; a route that asks all the same gets the plain error.
    challenge: (_request, needs) => denied(needs, [], undefined),
  });
}
