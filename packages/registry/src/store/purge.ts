/**
 * Purging of uploads that nobody finishes: distribution's `storage.maintenance.uploadpurging`.
 */

import { setTimeout } from 'node:timers/promises';
import { isDriverFailure } from '../drivers/driver.ts';
import { parseRepositoryName, parseUploadId } from '../names.ts';
import type { StoreContext } from './context.ts';
import { folderPages } from './folders.ts';
import { isOwnFolder, repositoryFolder, type StorePath, uploadStartedAt, uploadsFolder } from './layout.ts';
import { discardUpload, type UploadRef } from './uploads.ts';

export interface PurgeOptions {
  /** Uploads that were started before this (milliseconds since 1970) go. */
  readonly startedBeforeMs: number;
  /** Only tell what would go. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  /** Waits a little, now and then, so that a purge of very many repositories is hardly noticed. */
  readonly pause?: (signal: AbortSignal | undefined) => Promise<void>;
}

export interface PurgeResult {
  readonly purged: readonly UploadRef[];
}

/** Removes what was begun and never finished, and what a process that died had not placed yet. */
export async function purgeUploads(store: StoreContext, options: PurgeOptions): Promise<PurgeResult> {
  const purged: UploadRef[] = [];
  const search = new UploadSearch(store, options);
  for await (const upload of search.below('')) {
    if (options.signal?.aborted) break;
    if ((await startedAtMs(store, upload)) >= options.startedBeforeMs) continue;
    purged.push(upload);
    if (options.dryRun !== true) await discardUpload(store, upload);
  }
  if (options.dryRun !== true && !options.signal?.aborted) {
    await store.driver.sweepStaged(options.startedBeforeMs);
  }
  return { purged };
}

/** Folders listed between two pauses: a few milliseconds' work. */
const LISTS_PER_PAUSE = 64;
const PAUSE_MS = 50;
const FOLDERS_PER_PAGE = 256;

class UploadSearch {
  readonly #store: StoreContext;
  readonly #signal: AbortSignal | undefined;
  readonly #pause: (signal: AbortSignal | undefined) => Promise<void>;
  #lists = 0;

  constructor(store: StoreContext, { signal, pause = pauseFor }: PurgeOptions) {
    this.#store = store;
    this.#signal = signal;
    this.#pause = pause;
  }

  /** The uploads in the repository `folder` and in those below it, up to the signal. */
  async *below(folder: string): AsyncIterable<UploadRef> {
    for await (const children of this.#list(repositoryFolder(folder))) {
      for (const child of children) {
        if (!isOwnFolder(child)) yield* this.below(folder === '' ? child : `${folder}/${child}`);
      }
    }
    const name = parseRepositoryName(folder);
    if (name === undefined) return;
    for await (const texts of this.#list(uploadsFolder(name))) {
      yield* texts.map(parseUploadId).flatMap((id) => (id === undefined ? [] : [{ name, id }]));
    }
  }

  async *#list(folder: StorePath): AsyncIterable<readonly string[]> {
    this.#lists += 1;
    if (this.#lists % LISTS_PER_PAUSE === 0) await this.#pause(this.#signal);
    if (this.#signal?.aborted) return;
    yield* folderPages(this.#store.driver, folder, '', FOLDERS_PER_PAGE);
  }
}

/** Nobody waits for a purge, and it keeps no process from ending. */
async function pauseFor(signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(PAUSE_MS, undefined, { ref: false, ...(signal && { signal }) }).catch(ignoreAbort);
}

function ignoreAbort(error: unknown): void {
  if (!Error.isError(error) || error.name !== 'AbortError') throw error;
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
