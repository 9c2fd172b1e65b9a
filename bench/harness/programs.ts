/** Where a program is: on PATH, or among those that e2e/tools/build has built. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const E2E_BUILD = join(import.meta.dirname, '..', '..', 'e2e', 'tools', 'build');

/** Where servers are on a machine whose user has no sbin in PATH. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin'];

let builtFolders: readonly string[] | undefined;

/** The program's file; undefined where this machine has none. */
export function findProgram(file: string): string | undefined {
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  builtFolders ??= foldersOfBuilt();
  return [...builtFolders, ...path, ...SYSTEM_FOLDERS].map((folder) => join(folder, file)).find(isExecutable);
}

function foldersOfBuilt(): readonly string[] {
  try {
    return execFileSync(E2E_BUILD, ['--where'], { encoding: 'utf8', timeout: 10_000 }).trim().split('\n');
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
