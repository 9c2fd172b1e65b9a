/**
 * Bytes from a file straight into a socket, within the kernel: sendfile(2). It waits for the disk where the page
 * cache doesn't have them, and would hold up everybody; so only what cachestat(2) finds there is sent this way.
 */

import { closeSync, openSync } from 'node:fs';
import type { Sendfile } from '../driver.ts';
import { type LinuxCalls, linuxCalls } from './libc.ts';
import { isLocal, Patience } from './quick-reads.ts';

/** More than a system reads ahead: what is cached so far on isn't still on its way from the disk. */
const AHEAD_BYTES = 16 * 1024 * 1024;

/** Sends from a file of that size, as long as `descriptor` gives it. */
export type SendfileFrom = (descriptor: () => number, sizeBytes: number) => Sendfile;

/** The ability for files below `root`, or undefined where it could hold up everybody or can't be had. */
export function sendfileFrom(
  root: string,
  calls: LinuxCalls | undefined = linuxCalls(),
): SendfileFrom | undefined {
  if (calls === undefined || !tellsWhatIsCached(calls) || !isLocal(root)) return undefined;
  // For a disk that is slow nevertheless.
  const patience = new Patience();
  return (descriptor, sizeBytes) => {
    let state: State = 'unknown';
    return (socket, offsetBytes, limitBytes) => {
      const file = descriptor();
      const countBytes = looksAt(state, offsetBytes, limitBytes, sizeBytes);
      state = countBytes > 0 && isCached(calls, file, offsetBytes, countBytes) ? 'warm' : 'cold';
      if (state === 'cold') return 'cold';
      const count = patience.try(() => calls.sendfile(socket, file, offsetBytes, limitBytes));
      if (count === undefined) return 'cold';
      return count > 0 ? count : 'refused';
    };
  };
}

/** What a file was where it was looked at last. */
type State = 'unknown' | 'warm' | 'cold';

/** How many bytes must be cached, so that those up to the limit are here: 0 where that can't be told. */
function looksAt(state: State, offsetBytes: number, limitBytes: number, sizeBytes: number): number {
  const leftBytes = sizeBytes - offsetBytes;
  switch (state) {
    case 'unknown':
      return Math.max(limitBytes, Math.min(AHEAD_BYTES, leftBytes));
    case 'warm':
      return limitBytes;
    case 'cold':
      return leftBytes < AHEAD_BYTES ? 0 : AHEAD_BYTES;
  }
}

function isCached(calls: LinuxCalls, file: number, offsetBytes: number, countBytes: number): boolean {
  const { pageBytes } = calls;
  const endPage = Math.ceil((offsetBytes + countBytes) / pageBytes);
  const pages = endPage - Math.floor(offsetBytes / pageBytes);
  return calls.cachedPages(file, offsetBytes, countBytes) === pages;
}

/** Linux before 6.5 doesn't, nor where a sandbox doesn't let it. */
function tellsWhatIsCached(calls: LinuxCalls): boolean {
  // Anybody may ask of it, as anybody may write to it.
  const file = openSync('/dev/null', 'r');
  try {
    return calls.cachedPages(file, 0, 1) >= 0;
  } finally {
    closeSync(file);
  }
}
