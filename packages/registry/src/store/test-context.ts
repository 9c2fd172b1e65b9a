/** What the store's tests hand in: everything as it comes, on a driver of theirs. */

import { randomUUID } from 'node:crypto';
import type { Driver } from '../drivers/driver.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { SharedRuns } from '../shared-runs.ts';
import type { StoreContext } from './context.ts';
import type { Page } from './folders.ts';
import { NameLocks } from './name-locks.ts';
import { StoredManifests } from './stored-manifests.ts';
import { UploadDigests } from './upload-digests.ts';
import { Witnesses } from './witnesses.ts';

export function contextFor(driver: Driver): StoreContext {
  return {
    driver,
    limits: DEFAULT_LIMITS,
    sparseIndexes: false,
    clock: Date.now,
    randomId: randomUUID,
    locks: new NameLocks(),
    uploadDigests: new UploadDigests(),
    manifests: new StoredManifests(DEFAULT_LIMITS.manifestBytes),
    witnesses: new Witnesses(),
    pages: new SharedRuns<Page>(),
  };
}
