/** The gate that stands open: no accounts, no tokens. For embedding, tests, and registries behind another gate. */

import type { AccessGate, Grant } from './gate.ts';
import { denied } from './refusals.ts';

const EVERYTHING: Grant = Object.freeze<Grant>({
  account: '',
  holds: Object.freeze([]),
  allows: () => true,
  asked: () => true,
  mayPull: () => true,
});

/** Everyone may do everything, without a name. */
export function openAccess(): AccessGate {
  return Object.freeze<AccessGate>({
    recall: () => EVERYTHING,
    authorize: () => EVERYTHING,
    challenge: (_request, needs, grant) => denied(undefined, { needs, wants: [] }, grant),
  });
}
