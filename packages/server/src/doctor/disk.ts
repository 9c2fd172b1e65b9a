// Is there room in the data directory, for content and for names?

import { statfs } from 'node:fs/promises';
import { fileReason } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { type Finding, finding } from './finding.ts';
import { sizeText } from './size-text.ts';

/** What a file system says of itself: `statfs` of node:fs. */
export interface FileSystem {
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export async function checkDisk(
  directory: string,
  look: (path: string) => Promise<FileSystem> = statfs,
): Promise<Finding> {
  try {
    return diskFinding(directory, await look(directory));
  } catch (error) {
    return finding('disk', 'fail', `${directory}: ${fileReason(error)}`);
  }
}

function diskFinding(directory: string, { bsize, blocks, bavail, files, ffree }: FileSystem): Finding {
  const { doctorFreeBytes, doctorFreeShare } = serverLimits;
  const [freeBytes, totalBytes] = [bavail * bsize, blocks * bsize];
  const share = totalBytes === 0 ? 1 : freeBytes / totalBytes;
  const message = `${sizeText(freeBytes)} free of ${sizeText(totalBytes)} at ${directory}`;
  const remedy = 'Make room: delete what is not needed and collect the garbage, or move to a larger disk';
  if (freeBytes === 0) return finding('disk', 'fail', `no space left at ${directory}`, remedy);
  // Some file systems (btrfs, some of the network) count no inodes.
  if (files > 0 && ffree / files < doctorFreeShare) {
    const inodes = `${ffree} of ${files} inodes free at ${directory}: names run out before space does`;
    return finding('disk', ffree === 0 ? 'fail' : 'warn', inodes, remedy);
  }
  return freeBytes < doctorFreeBytes || share < doctorFreeShare
    ? finding('disk', 'warn', message, remedy)
    : finding('disk', 'ok', message);
}
