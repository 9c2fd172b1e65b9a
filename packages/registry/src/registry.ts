/** A registry, put together: what the package is for. */

import { randomUUID } from 'node:crypto';
import type { AccessGate } from './access/gate.ts';
import type { Driver } from './drivers/driver.ts';
import type { RegistryEvent } from './events.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { createListener, type Listener, type ListenerOptions } from './listener.ts';
import { createQuickListener, type QuickListener } from './quick-listener.ts';
import type { RequestHead } from './request-head.ts';
import { SharedRuns } from './shared-runs.ts';
import type { StoreContext } from './store/context.ts';
import type { Page } from './store/folders.ts';
import { type HashProgram, HashThread } from './store/hash-thread.ts';
import { type ManifestValidation, wholeManifests } from './store/manifest-validation.ts';
import { NameLocks } from './store/name-locks.ts';
import { type PurgeResult, purgeUploads } from './store/purge.ts';
import { StoredManifests } from './store/stored-manifests.ts';
import { UploadDigests } from './store/upload-digests.ts';
import { UploadHashes } from './store/upload-hash.ts';
import { Witnesses } from './store/witnesses.ts';

export interface RegistryOptions {
  readonly driver: Driver;
  readonly access: AccessGate;
  readonly limits?: Partial<Limits>;
  /** Whether manifests, tags and blobs may be deleted. */
  readonly deleteEnabled?: boolean;
  /** Refuse everything that would change anything. */
  readonly readOnly?: boolean;
  /** What is asked of manifests that are pushed; what is left out: that they are whole. */
  readonly validation?: Partial<ManifestValidation>;
  /**
   * What stands in front of `/v2/…` in Location and Link: a path, or a URL, without a slash at its end. Nothing if left
   * out: then they fit whatever host and port a client used.
   */
  readonly locationBase?: string;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Fresh UUIDs. */
  readonly randomId?: () => string;
  /** The client's address as events show it; the connection's if left out. */
  readonly address?: (request: RequestHead) => string;
  readonly onEvent?: (event: RegistryEvent) => void;
  /** The program of the thread that hashes, where it is not the file beside the sources. */
  readonly hashProgram?: HashProgram | undefined;
}

export interface PurgeUploadsOptions {
  /** Uploads that were started longer ago than this go. */
  readonly olderThanMs: number;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface Registry {
  /** Answers everything below /v2; for `request`, `checkContinue`, or as a middleware. */
  readonly listener: Listener;
  /** Answers at once what it can; undefined where the driver can't. For a server that reads heads itself. */
  readonly quickListener: QuickListener | undefined;
  /** Removes uploads that nobody finishes, and what processes that died left unplaced. */
  purgeUploads(options: PurgeUploadsOptions): Promise<PurgeResult>;
  close(): Promise<void>;
}

/** A registry on a driver, behind an access gate. */
export function createRegistry(options: RegistryOptions): Registry {
  const clock = options.clock ?? Date.now;
  const hashThread = new HashThread(options.hashProgram);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const store: StoreContext = {
    driver: options.driver,
    limits,
    validation: { ...wholeManifests, ...options.validation },
    clock,
    randomId: options.randomId ?? randomUUID,
    locks: new NameLocks(),
    uploadDigests: new UploadDigests(),
    uploadHashes: new UploadHashes(hashThread),
    manifests: new StoredManifests(limits.manifestBytes),
    witnesses: new Witnesses(),
    pages: new SharedRuns<Page>(),
  };
  const listenerOptions: ListenerOptions = {
    store,
    gate: options.access,
    deleteEnabled: options.deleteEnabled ?? true,
    readOnly: options.readOnly ?? false,
    locationBase: options.locationBase ?? '',
    address: options.address ?? ((request) => request.socket.remoteAddress ?? ''),
    onEvent: options.onEvent,
  };
  return {
    listener: createListener(listenerOptions),
    quickListener: createQuickListener(listenerOptions),
    purgeUploads: ({ olderThanMs, ...rest }) =>
      purgeUploads(store, { startedBeforeMs: clock() - olderThanMs, ...rest }),
    close: async () => {
      await hashThread.close();
      await options.driver.close();
    },
  };
}
