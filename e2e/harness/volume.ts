/** What lies in a registry's folder, in distribution's layout: read to see what is left after a case. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = ['docker', 'registry', 'v2'] as const;

/** The digests of all blobs, whoever they belong to. */
export function blobsIn(data: string): readonly string[] {
  return filesBelow(join(data, ...ROOT, 'blobs')).filter((file) => file.endsWith('/data'));
}

/** Every file below the folder of a repository. */
export function repositoryFiles(data: string, name: string): readonly string[] {
  return filesBelow(join(data, ...ROOT, 'repositories', name));
}

/** How many bytes lie outside of the finished blobs: what unfinished uploads brought so far, and small files. */
export function unfinishedBytes(data: string): number {
  const finished = join(data, ...ROOT, 'blobs');
  return filesBelow(data)
    .filter((file) => !file.startsWith(`${finished}/`))
    .reduce((sum, file) => sum + sizeOf(file), 0);
}

function filesBelow(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** A folder that is not there, or went away between the listing of the one above and the look, has none. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** A file that went away between the listing and the look has no bytes. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
