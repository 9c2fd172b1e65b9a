// What a configuration of distribution's means to the parts that serve. Pure.

import { availableParallelism } from 'node:os';
import { loopbackRanges } from '../http/trusted-proxies.ts';
import type { Behaviour } from '../serving/behaviour.ts';
import type { RegistryFile } from './registry-file.ts';
import type { RegistryOptions } from './serve-options.ts';

export function registryOptions(from: RegistryFile): RegistryOptions {
  const { document, rootDirectory } = from;
  const { log, http, berth, validation } = document;
  return {
    logLevel: from.logLevel,
    logFormat: log.formatter,
    logFields: log.fields,
    logRequests: !log.accesslog.disabled,
    trustedProxies: berth.trustedproxies ?? loopbackRanges,
    drainTimeoutMs: http.draintimeout,
    workers: berth.workers ?? (rootDirectory === undefined ? 1 : availableParallelism()),
    address: from.address,
    dataDirectory: rootDirectory,
    durability: berth.durability,
    sparseIndexes: validation.manifests.indexes.platforms === 'none',
  };
}

export function behaviourOf({ document, purging }: RegistryFile): Behaviour {
  const { storage, http, catalog, tags } = document;
  return {
    deleteEnabled: storage.delete.enabled,
    readOnly: storage.maintenance.readonly.enabled,
    purging,
    // Lines of the same name and one line with commas mean the same (RFC 9110, section 5.3).
    headers: Object.fromEntries(
      Object.entries(http.headers).map(([name, values]) => [name, values.join(', ')]),
    ),
    prefix: withoutSlash(http.prefix),
    host: http.relativeurls ? '' : withoutSlash(http.host ?? ''),
    catalogPageSize: aboveZero(catalog.maxentries),
    tagsPageSize: aboveZero(tags.maxtags),
  };
}

function withoutSlash(text: string): string {
  return text.replace(/\/$/, '');
}

/** Nothing, 0 and less mean the default. */
function aboveZero(count: number | undefined): number | undefined {
  return count !== undefined && count > 0 ? count : undefined;
}
