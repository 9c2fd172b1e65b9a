// What a registry does beside storing and asking who is there, as plain values: distribution's keys for it, and what holds
// where no file says anything.

import type { ListenAddress } from '../config/listen-address.ts';
import type { HealthOptions } from '../health/probes.ts';
import { serverLimits } from '../limits.ts';
import type { ManifestRules } from './manifest-rules.ts';

export interface Purging {
  /** Uploads that were started longer ago than this go. */
  readonly ageMs: number;
  readonly intervalMs: number;
  /** Only say what would go. */
  readonly dryRun: boolean;
}

export interface Behaviour {
  readonly manifests: ManifestRules;
  readonly deleteEnabled: boolean;
  readonly readOnly: boolean;
  /** Undefined: unfinished uploads stay. */
  readonly purging: Purging | undefined;
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** In front of /v2, without a slash at its end: `/my/registry`, or nothing. */
  readonly prefix: string;
  /** In front of the path in Location and Link, without a slash at its end: `https://registry.example.com`, or nothing. */
  readonly host: string;
  /** Undefined: nothing is checked. */
  readonly health: HealthOptions | undefined;
  /** Where `/debug/health` is; undefined: nowhere. */
  readonly debugAddress: ListenAddress | undefined;
  /** Most names in one answer; undefined: the registry's own limit. */
  readonly catalogPageSize: number | undefined;
  readonly tagsPageSize: number | undefined;
}

/** Of `berth serve` without a configuration file. */
export const ownBehaviour: Behaviour = {
  manifests: { listed: 'all', blobs: true, urls: undefined },
  deleteEnabled: true,
  readOnly: false,
  purging: { ageMs: serverLimits.uploadAgeMs, intervalMs: serverLimits.purgeIntervalMs, dryRun: false },
  headers: {},
  prefix: '',
  host: '',
  health: undefined,
  debugAddress: undefined,
  catalogPageSize: undefined,
  tagsPageSize: undefined,
};
