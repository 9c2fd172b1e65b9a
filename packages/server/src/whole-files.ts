// Small files that are there whole or not at all, whatever crashes: written under another name, synced, then given theirs.
// Knows nothing of what they hold.

import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCode } from './errors.ts';

/** Makes `directory`, with those above it, if it is missing; its name is on the disk when the promise resolves. */
export async function makeDirectory(directory: string, mode: number): Promise<void> {
  for (const made of await makeFolders(resolve(directory), mode)) await syncDirectory(dirname(made));
}

/**
 * As `mkdir` with `recursive`, which never comes back where a file system takes no folder though the one above it is
 * there (/proc; seen with Node 26): here that is an error, ENOENT.
 * @param directory an absolute path
 * @returns those that were made, the innermost first
 */
export async function makeFolders(directory: string, mode?: number): Promise<readonly string[]> {
  const isMade = await makeFolder(directory, mode);
  if (isMade !== undefined) return isMade ? [directory] : [];
  if (dirname(directory) === directory) throw missing(directory);
  const above = await makeFolders(dirname(directory), mode);
  const isMadeNow = await makeFolder(directory, mode);
  if (isMadeNow === undefined) throw missing(directory);
  return isMadeNow ? [directory, ...above] : above;
}

/** False if it is there, undefined if the one above it isn't. */
async function makeFolder(directory: string, mode: number | undefined): Promise<boolean | undefined> {
  try {
    await mkdir(directory, mode);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    const facts = errorCode(error) === 'EEXIST' ? await stat(directory).catch(() => undefined) : undefined;
    if (facts?.isDirectory()) return false;
    throw error;
  }
}

function missing(directory: string): Error {
  return Object.assign(new Error(`no folder can be made at ${directory}`), { code: 'ENOENT' });
}

/** Gives `path` this content only if nobody else's has the name. @returns whether it was given */
export async function makeFile(path: string, content: string, mode: number): Promise<boolean> {
  return withDraft(path, content, mode, (draft) => giveName(draft, path));
}

/** Gives `path` this content, in place of what it may have. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  await withDraft(path, content, mode, (draft) => rename(draft, path));
}

async function withDraft<T>(
  path: string,
  content: string,
  mode: number,
  give: (draft: string) => Promise<T>,
): Promise<T> {
  const draft = `${path}.${randomBytes(8).toString('hex')}.new`;
  try {
    await writeSynced(draft, content, mode);
    const given = await give(draft);
    await syncDirectory(dirname(path));
    return given;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

async function writeSynced(path: string, content: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** False if somebody else's file has the name. */
async function giveName(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
  }
  // A file system without hard links (exFAT, some network shares): two makers in the same millisecond could both
  // believe that theirs is the file; a crash still leaves a whole one or none.
  if (
    await stat(path).then(
      () => true,
      () => false,
    )
  )
    return false;
  await rename(draft, path);
  return true;
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
