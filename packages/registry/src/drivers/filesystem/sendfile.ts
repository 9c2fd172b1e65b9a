/**
 * Bytes from a file straight into a socket, within the kernel: sendfile(2). It waits for the disk where the page
 * cache doesn't have them, and would hold up everybody; so only what cachestat(2) finds there is sent this way.
 */

import { closeSync, openSync } from 'node:fs';
import type { Sendfile } from '../driver.ts';
import { type LinuxCalls, linuxCalls } from './libc.ts';
import { isLocal, Patience } from './quick-reads.ts';

/** Sends from the file that `descriptor` gives; as long as it's open. */
export type SendfileFrom = (descriptor: () => number) => Sendfile;

/** The ability for files below `root`, or undefined where it could hold up everybody or can't be had. */
export function sendfileFrom(
  root: string,
  calls: LinuxCalls | undefined = linuxCalls(),
): SendfileFrom | undefined {
  if (calls === undefined || !tellsWhatIsCached(calls) || !isLocal(root)) return undefined;
  // What is cached may still be on its way from the disk.
  const patience = new Patience();
  return (descriptor) => (socket, offsetBytes, limitBytes) => {
    const file = descriptor();
    if (!isCached(calls, file, offsetBytes, limitBytes)) return 'cold';
    const count = patience.try(() => calls.sendfile(socket, file, offsetBytes, limitBytes));
    if (count === undefined) return 'cold';
    return count > 0 ? count : 'refused';
  };
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
