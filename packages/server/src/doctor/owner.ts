// May the registry write where it keeps everything? Looked at as the user who runs this: that has to be the registry's.

import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, fileReason } from '../errors.ts';
import { type Finding, finding } from './finding.ts';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

interface Folder extends User {
  readonly path: string;
}

/** The folders of distribution's layout, and Berth's own, in which something new is made. */
const folders = [
  '.',
  'berth',
  'docker',
  'docker/registry',
  'docker/registry/v2',
  'docker/registry/v2/blobs',
] as const;
const repositories = 'docker/registry/v2/repositories';

/** @param user who runs this */
export async function checkOwner(directory: string, user: User = self()): Promise<Finding> {
  const found: Folder[] = [];
  try {
    const names = await readdir(join(directory, repositories)).catch(ifMissing([]));
    const below = names.map((name) => join(repositories, name));
    for (const name of [...folders, repositories, ...below]) {
      const path = join(directory, name);
      const facts = await stat(path).catch(ifMissing(undefined));
      if (facts?.isDirectory() === false && name === '.') {
        return finding(
          'owner',
          'fail',
          `${directory} is not a directory`,
          'Give --data the folder of the registry',
        );
      }
      if (facts?.isDirectory()) found.push({ path, uid: facts.uid, gid: facts.gid });
    }
  } catch (error) {
    const remedy = chown(user.uid === 0 ? undefined : user, directory);
    return finding('owner', 'fail', `${directory}: ${fileReason(error)}`, remedy);
  }
  const first = found[0];
  if (first === undefined) {
    return finding(
      'owner',
      'fail',
      `${directory}: no such directory`,
      'Give --data the folder of the registry',
    );
  }
  return ownerFinding(directory, user, first, found);
}

async function ownerFinding(
  directory: string,
  user: User,
  first: Folder,
  found: readonly Folder[],
): Promise<Finding> {
  // Root may write everywhere: what it sees is whether the folders belong together.
  if (user.uid === 0) {
    const other = found.find(({ uid }) => uid !== first.uid);
    if (other === undefined) {
      return finding(
        'owner',
        'ok',
        `${directory} belongs to uid ${first.uid}: so the registry may run as that, or as root`,
      );
    }
    const message = `${directory} belongs to uid ${first.uid}, and ${other.path} to uid ${other.uid}: only root may write to both`;
    return finding(
      'owner',
      'warn',
      message,
      `If the registry runs as uid ${first.uid}: ${chown(first, directory)}`,
    );
  }
  for (const { path, uid } of found) {
    const reason = await access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(
      () => undefined,
      (error: unknown) => fileReason(error),
    );
    if (reason === undefined) continue;
    const message = `uid ${user.uid} cannot write to ${path}, which belongs to uid ${uid}: ${reason}`;
    return finding('owner', 'fail', message, chown(user, directory));
  }
  return finding('owner', 'ok', `uid ${user.uid} may write to ${directory}`);
}

function chown(user: User | undefined, directory: string): string | undefined {
  return user === undefined
    ? undefined
    : `Run as root: chown -R ${user.uid}:${user.gid} ${shellWord(directory)}`;
}

function shellWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function ifMissing<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return value;
    throw error;
  };
}

/** In a container the user often has no name: only the numbers are asked for. Windows has none. */
function self(): User {
  return { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
}
