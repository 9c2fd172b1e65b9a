/** Listings without a promise: of folders that are remembered, or so small that reading them takes microseconds. */

import { readdirSync, statSync } from 'node:fs';
import { codeOf } from './durable-folders.ts';
import type { FolderClock } from './folder-clock.ts';
import { type Listings, pageOf } from './listings.ts';

/**
 * The size that a filesystem tells of a folder grows with the names in it (ext4: blocks, at least one; XFS, Btrfs,
 * tmpfs: bytes a name; ZFS: names), so that one up to this size is read in well under a millisecond.
 */
const SMALL_FOLDER_BYTES = 4096n;

/** The page of a folder's names, or undefined where they have to be waited for. */
export type QuickList = (folder: string, after: string, limit: number) => readonly string[] | undefined;

export function quickListOf(listings: Listings, clock: FolderClock): QuickList {
  return (folder, after, limit) => {
    const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return [];
    const times = { modifiedAtNs: stats.mtimeNs, changedAtNs: stats.ctimeNs };
    const known = listings.known(folder, times);
    if (known !== undefined) return pageOf(known, after, limit);
    if (stats.size > SMALL_FOLDER_BYTES) return undefined;
    const names = namesNow(folder);
    if (names === undefined) return undefined;
    if (clock.isLongPast(times)) listings.remember(folder, times, names);
    return pageOf(names, after, limit);
  };
}

/** Anything but a folder that isn't one, or no longer there, is told properly by the way with promises. */
function namesNow(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' ? [] : undefined;
  }
}
