// The folder that everything is kept in: there, a folder, writable, before anything listens.

import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, fileReason, StartError } from './errors.ts';

/** Berth's own folder in the data directory, beside distribution's `docker/`. */
export const ownDirectory = 'berth';

/** Who of several processes does what only one should. */
export function ownLeases(dataDirectory: string): string {
  return join(dataDirectory, ownDirectory, 'leases');
}

/**
 * Makes `directory` if it is missing.
 * @param isSetBy where a person chooses another: a flag, or a key of a file
 * @throws StartError naming the folder that can't be used
 */
export async function prepareDataDirectory(directory: string, isSetBy: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw problem(directory, isSetBy, 'cannot be made', error);
  }
  await checkWritable(directory, isSetBy);
  // What another registry, or another user's, left there is found out now rather than at the first push.
  await checkWritable(join(directory, 'docker', 'registry', 'v2'), isSetBy);
}

async function checkWritable(directory: string, isSetBy: string): Promise<void> {
  try {
    if (!(await stat(directory)).isDirectory())
      throw new StartError(`data directory ${directory}: is not a directory`);
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof StartError || errorCode(error) !== 'ENOENT')
      throw problem(directory, isSetBy, 'cannot be written to', error);
  }
}

function problem(directory: string, isSetBy: string, what: string, error: unknown): StartError {
  if (error instanceof StartError) return error;
  const text = `data directory ${directory}: ${what}: ${fileReason(error)}; choose another with ${isSetBy}`;
  return new StartError(text, { cause: error });
}
