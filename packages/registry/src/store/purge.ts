/**
 * Purging of uploads that nobody finishes: distribution's `storage.maintenance.uploadpurging`.
 */

import { isDriverFailure } from '../drivers/driver.ts';
import { parseRepositoryName, parseUploadId, type RepositoryName } from '../names.ts';
import type { StoreContext } from './context.ts';
import { isOwnFolder, repositoryFolder, uploadStartedAt, uploadsFolder } from './layout.ts';
import { discardUpload, type UploadRef } from './uploads.ts';

export interface PurgeOptions {
  /** Uploads that were started before this (milliseconds since 1970) go. */
  readonly startedBeforeMs: number;
  /** Only tell what would go. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface PurgeResult {
  readonly purged: readonly UploadRef[];
}

/** Removes what was begun and never finished, and what a process that died had not placed yet. */
export async function purgeUploads(store: StoreContext, options: PurgeOptions): Promise<PurgeResult> {
  const purged: UploadRef[] = [];
  for await (const upload of allUploads(store, '')) {
    if (options.signal?.aborted) break;
    if ((await startedAtMs(store, upload)) >= options.startedBeforeMs) continue;
    purged.push(upload);
    if (options.dryRun !== true) await discardUpload(store, upload);
  }
  if (options.dryRun !== true) await store.driver.sweepStaged(options.startedBeforeMs);
  return { purged };
}

async function* allUploads(store: StoreContext, folder: string): AsyncIterable<UploadRef> {
  const children = await store.driver.list(repositoryFolder(folder), '', Number.POSITIVE_INFINITY);
  for (const child of children) {
    const path = folder === '' ? child : `${folder}/${child}`;
    if (!isOwnFolder(child)) yield* allUploads(store, path);
  }
  const name = parseRepositoryName(folder);
  if (name !== undefined) yield* uploadsIn(store, name);
}

async function* uploadsIn(store: StoreContext, name: RepositoryName): AsyncIterable<UploadRef> {
  for (const text of await store.driver.list(uploadsFolder(name), '', Number.POSITIVE_INFINITY)) {
    const id = parseUploadId(text);
    if (id !== undefined) yield { name, id };
  }
}

/** What its file says; for one without (a crash before it was written, another program's) it never started. */
async function startedAtMs(store: StoreContext, upload: UploadRef): Promise<number> {
  try {
    const text = (await store.driver.readSmall(uploadStartedAt(upload.name, upload.id), 64)).toString(
      'latin1',
    );
    const time = Date.parse(text.trim());
    return Number.isNaN(time) ? 0 : time;
  } catch (error) {
    if (isDriverFailure(error, 'missing')) return 0;
    throw error;
  }
}
