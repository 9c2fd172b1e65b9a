/**
 * What is in a folder, by the page: without a promise where the driver can. Such answers follow each other without
 * anybody else getting a turn, so whoever goes through many pages takes breaks (`nextTurn`) between them.
 */

import { setImmediate } from 'node:timers/promises';
import type { Driver } from '../drivers/driver.ts';
import type { StorePath } from './layout.ts';

/** The names of the folders in a folder, in order, after `after`, at most `limit`. */
export async function listFolders(
  driver: Driver,
  path: StorePath,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  return driver.quick?.list(path, after, limit) ?? (await driver.list(path, after, limit));
}

/** All names in a folder after `after`, page by page of `limit`. */
export async function* folderPages(
  driver: Driver,
  path: StorePath,
  after: string,
  limit: number,
): AsyncIterable<readonly string[]> {
  for (let last = after; ; ) {
    const names = await listFolders(driver, path, last, limit);
    yield names;
    const end = names.at(-1);
    if (end === undefined || names.length < limit) return;
    last = end;
    await nextTurn();
  }
}

/** Lets everybody else who waits have a turn. */
export async function nextTurn(): Promise<void> {
  await setImmediate();
}
