// Berth's own small files (key, secret, accounts and rules): each is made once and whole, by whichever process comes
// first. Knows nothing of what they hold.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, fileReason, StartError } from '../errors.ts';
import { makeDirectory, makeFile } from '../whole-files.ts';

export interface OwnFile {
  readonly content: string;
  /** True for the one caller whose content it is. */
  readonly isNew: boolean;
}

export interface OwnFiles {
  /** What the file holds; if it isn't there, what `make` gives, which is on the disk when the promise resolves. */
  readOrMake(name: string, make: () => string | Promise<string>): Promise<OwnFile>;
  /** How a person finds the file. */
  describe(name: string): string;
}

/** Files that end with the process, for a registry that keeps nothing. */
export function ownFilesInMemory(): OwnFiles {
  const contents = new Map<string, string>();
  return {
    async readOrMake(name, make) {
      const content = contents.get(name);
      if (content !== undefined) return { content, isNew: false };
      const made = await make();
      contents.set(name, made);
      return { content: made, isNew: true };
    },
    describe: (name) => `${name} (in memory)`,
  };
}

/**
 * Files of mode 0600 in `directory`, which is made (0700) if it is missing.
 * @throws StartError from each of its functions, naming the file
 */
export function ownFilesIn(directory: string): OwnFiles {
  return {
    async readOrMake(name, make) {
      const path = join(directory, name);
      try {
        return (await readIfThere(path)) ?? (await makeOnce(path, await make()));
      } catch (error) {
        if (error instanceof StartError) throw error;
        throw new StartError(`${path}: cannot be read or made: ${fileReason(error)}`, { cause: error });
      }
    },
    describe: (name) => join(directory, name),
  };
}

async function readIfThere(path: string): Promise<OwnFile | undefined> {
  try {
    return { content: await readFile(path, 'utf8'), isNew: false };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The content gets its name only when it is whole and synced, and only if nobody else's has it. */
async function makeOnce(path: string, content: string): Promise<OwnFile> {
  await makeDirectory(dirname(path), 0o700);
  const isNew = await makeFile(path, content, 0o600);
  return isNew ? { content, isNew } : { content: await readFile(path, 'utf8'), isNew };
}
