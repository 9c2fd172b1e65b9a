// A registry that behaves as it is told.

import { createRegistry, DEFAULT_LIMITS, type Registry, type RegistryOptions } from '@berth/registry';
import { threadPrograms } from '../thread-programs.ts';
import type { Behaviour } from './behaviour.ts';
import { manifestValidation } from './manifest-rules.ts';

export function registryOf(
  behaviour: Behaviour,
  options: Pick<RegistryOptions, 'driver' | 'access' | 'address' | 'onEvent'>,
): Registry {
  const { catalogPageSize, tagsPageSize } = DEFAULT_LIMITS;
  const limits = {
    catalogPageSize: behaviour.catalogPageSize ?? catalogPageSize,
    tagsPageSize: behaviour.tagsPageSize ?? tagsPageSize,
  };
  return createRegistry({
    ...options,
    hashProgram: threadPrograms.hash,
    validation: manifestValidation(behaviour.manifests),
    deleteEnabled: behaviour.deleteEnabled,
    readOnly: behaviour.readOnly,
    locationBase: `${behaviour.host}${behaviour.prefix}`,
    limits: {
      ...limits,
      maxPageSize: Math.max(DEFAULT_LIMITS.maxPageSize, limits.catalogPageSize, limits.tagsPageSize),
    },
  });
}
