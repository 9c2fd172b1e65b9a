/** What the store's tests hand in: everything as it comes, on a driver of theirs. */

import { randomUUID } from 'node:crypto';
import type { Driver } from '../drivers/driver.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { SharedRuns } from '../shared-runs.ts';
import type { StoreContext } from './context.ts';
import type { Page } from './folders.ts';
import { HashThread } from './hash-thread.ts';
import { wholeManifests } from './manifest-validation.ts';
import { NameLocks } from './name-locks.ts';
import { StoredManifests } from './stored-manifests.ts';
import { UploadDigests } from './upload-digests.ts';
import { UploadHashes } from './upload-hash.ts';
import { Witnesses } from './witnesses.ts';

export function contextFor(driver: Driver): StoreContext {
  return {
    driver,
    limits: DEFAULT_LIMITS,
    validation: wholeManifests,
    clock: Date.now,
    randomId: randomUUID,
    locks: new NameLocks(),
    uploadDigests: new UploadDigests(),
    uploadHashes: new UploadHashes(new HashThread()),
    manifests: new StoredManifests(DEFAULT_LIMITS.manifestBytes),
    witnesses: new Witnesses(),
    pages: new SharedRuns<Page>(),
  };
}
