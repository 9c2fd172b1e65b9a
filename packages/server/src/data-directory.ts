// The folder that everything is kept in: there, a folder, writable, before anything listens.

import { constants, type StatsFs } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorCode, fileReason, StartError } from './errors.ts';
import { makeFolders } from './whole-files.ts';

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
    await makeFolders(resolve(directory));
  } catch (error) {
    throw await problem(directory, isSetBy, 'cannot be made', error);
  }
  await checkWritable(directory, isSetBy);
  await checkRoom(directory, isSetBy);
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
      throw await problem(directory, isSetBy, 'cannot be written to', error);
  }
}

/** A disk without a single free block takes no push; who starts on one should hear of it now. */
async function checkRoom(directory: string, isSetBy: string): Promise<void> {
  const lacks = lackOf(await statfs(directory));
  if (lacks === undefined) return;
  throw new StartError(
    `data directory ${directory}: its disk is full (no ${lacks} left); make room, or choose another with ${isSetBy}`,
  );
}

/** What a disk has nothing left of. */
export function lackOf({
  bavail,
  files,
  ffree,
}: Pick<StatsFs, 'bavail' | 'files' | 'ffree'>): 'space' | 'inodes' | undefined {
  if (bavail === 0) return 'space';
  // Some filesystems make inodes as they are needed, and count none.
  return files > 0 && ffree === 0 ? 'inodes' : undefined;
}

async function problem(
  directory: string,
  isSetBy: string,
  what: string,
  error: unknown,
): Promise<StartError> {
  if (error instanceof StartError) return error;
  const remedy = errorCode(error) === 'EACCES' ? await ownerRemedy(directory) : undefined;
  // What is missing above it would have been made.
  const reason = errorCode(error) === 'ENOENT' ? 'the file system takes no folder there' : fileReason(error);
  const text = `data directory ${directory}: ${what}: ${reason}; ${remedy ?? ''}choose another with ${isSetBy}`;
  return new StartError(text, { cause: error });
}

/** Whose it is, and what gives it to who runs Berth; undefined where it isn't somebody else's. */
async function ownerRemedy(directory: string): Promise<string | undefined> {
  const own = process.getuid?.();
  const owner = await stat(directory).then(
    ({ uid }) => uid,
    () => undefined, // it isn't there: a folder above it is not Berth's to have
  );
  if (own === undefined || owner === undefined || owner === own) return undefined;
  return `it belongs to uid ${owner}, and Berth runs as uid ${own}: run chown -R ${own}:${process.getgid?.()} ${directory}, or `;
}
