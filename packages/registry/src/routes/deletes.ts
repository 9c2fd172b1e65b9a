/** Deletes may be switched off. */

import { refuse } from '../errors.ts';
import type { Exchange } from '../exchange.ts';

/** @throws RegistryError UNSUPPORTED that names the key to set */
export function requireDeletes(exchange: Exchange): void {
  if (exchange.deleteEnabled) return;
  throw refuse('UNSUPPORTED', {
    message:
      'deleting is switched off here: storage.delete.enabled (REGISTRY_STORAGE_DELETE_ENABLED) is false',
    headers: { Allow: 'GET, HEAD, PUT' },
  });
}
