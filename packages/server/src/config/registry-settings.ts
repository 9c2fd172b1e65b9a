// What a configuration of distribution's means to the parts that serve. Pure.

import { availableParallelism } from 'node:os';
import type { HealthOptions } from '../health/probes.ts';
import { loopbackRanges } from '../http/trusted-proxies.ts';
import type { Behaviour } from '../serving/behaviour.ts';
import type { ManifestRules } from '../serving/manifest-rules.ts';
import { parseListenAddress } from './listen-address.ts';
import type { RegistryFile } from './registry-file.ts';
import { hostAndPort, type RegistryDocument } from './registry-schema.ts';
import type { RegistryOptions } from './serve-options.ts';

export function registryOptions(from: RegistryFile): RegistryOptions {
  const { document, rootDirectory } = from;
  const { log, http, berth } = document;
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
  };
}

export function behaviourOf(from: RegistryFile): Behaviour {
  const { document, purging } = from;
  const { storage, http, catalog, tags } = document;
  return {
    manifests: manifestRules(document.validation),
    deleteEnabled: storage.delete.enabled,
    readOnly: storage.maintenance.readonly.enabled,
    purging,
    headers: joined(http.headers),
    health: healthOf(from),
    debugAddress: http.debug.addr === undefined ? undefined : parseListenAddress(http.debug.addr),
    prefix: withoutSlash(http.prefix),
    host: http.relativeurls ? '' : withoutSlash(http.host ?? ''),
    catalogPageSize: aboveZero(catalog.maxentries),
    tagsPageSize: aboveZero(tags.maxtags),
  };
}

/** Without checks an image must still have its blobs: as distribution has it. */
function manifestRules({ enabled, disabled, manifests }: RegistryDocument['validation']): ManifestRules {
  if (disabled && !enabled) return { listed: [], blobs: true, urls: undefined };
  const { indexes, urls } = manifests;
  const { platforms, platformlist } = indexes;
  const isListed = platforms === 'list' && platformlist.length > 0;
  return { listed: isListed ? platformlist : platforms === 'none' ? [] : 'all', blobs: true, urls };
}

function healthOf({ document: { health } }: RegistryFile): HealthOptions {
  const { storagedriver, file, http, tcp } = health;
  return {
    storage: storagedriver.enabled ? timingOf(storagedriver) : undefined,
    files: file.map((one) => ({ file: one.file, ...timingOf(one) })),
    urls: http.map((one) => ({
      uri: one.uri,
      headers: joined(one.headers),
      statusCode: one.statuscode,
      timeoutMs: one.timeout,
      ...timingOf(one),
    })),
    ports: tcp.flatMap((one) => {
      const to = hostAndPort(one.addr);
      return to === undefined ? [] : [{ ...to, timeoutMs: one.timeout, ...timingOf(one) }];
    }),
  };
}

function timingOf({ interval, threshold }: { readonly interval: number; readonly threshold: number }) {
  return { intervalMs: interval, threshold };
}

/** Lines of the same name and one line with commas mean the same (RFC 9110, section 5.3). */
function joined(headers: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(', ')]));
}

function withoutSlash(text: string): string {
  return text.replace(/\/$/, '');
}

/** Nothing, 0 and less mean the default. */
function aboveZero(count: number | undefined): number | undefined {
  return count !== undefined && count > 0 ? count : undefined;
}
