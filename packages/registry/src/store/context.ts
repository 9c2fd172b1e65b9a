/** What every function of the store works with: handed in once, frozen. */

import type { Driver } from '../drivers/driver.ts';
import type { Limits } from '../limits.ts';
import type { SharedRuns } from '../shared-runs.ts';
import type { Page } from './folders.ts';
import type { ManifestValidation } from './manifest-validation.ts';
import type { NameLocks } from './name-locks.ts';
import type { StoredManifests } from './stored-manifests.ts';
import type { UploadDigests } from './upload-digests.ts';
import type { UploadHashes } from './upload-hash.ts';
import type { Witnesses } from './witnesses.ts';

export interface StoreContext {
  readonly driver: Driver;
  readonly limits: Limits;
  readonly validation: ManifestValidation;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** A fresh UUID. */
  readonly randomId: () => string;
  readonly locks: NameLocks;
  readonly uploadDigests: UploadDigests;
  readonly uploadHashes: UploadHashes;
  readonly manifests: StoredManifests;
  readonly witnesses: Witnesses;
  /** Pages of listings that are being read, by what was asked for. */
  readonly pages: SharedRuns<Page>;
}
