/**
 * Names inside an archive. None of them ever becomes a path: they are looked up among the archive's own entries.
 * One that would lead out of a folder is refused all the same, as the archive isn't what it says.
 */

import { invalidArchive, shownName } from './archive-errors.ts';

const CONTROL = /\p{Cc}/u;
/** Names are kept until the archive ends; a path of the usual systems has no more. */
const MAX_LENGTH = 1024;

/**
 * The name without what says nothing: `./a//b/` is `a/b`; '' is the archive's own folder.
 * @returns undefined for an absolute name, one that leads out, a very long one, or one with a control character
 */
export function plainName(name: string): string | undefined {
  if (!isUsual(name)) return undefined;
  return joined([], name);
}

/** @throws RegistryError BLOB_UPLOAD_INVALID */
export function safeName(name: string): string {
  const plain = plainName(name);
  if (plain !== undefined) return plain;
  throw invalidArchive(`the entry ${shownName(name)} is no name below the archive's own folder`);
}

/** Where a link leads, seen from its own folder. @throws RegistryError BLOB_UPLOAD_INVALID */
export function symbolicTarget(linkName: string, target: string): string {
  const folder = linkName.split('/').slice(0, -1);
  const plain = isUsual(target) ? joined(folder, target) : undefined;
  if (plain !== undefined) return plain;
  throw invalidArchive(`the link ${shownName(linkName)} leads out of the archive, to ${shownName(target)}`);
}

function isUsual(name: string): boolean {
  return name.length <= MAX_LENGTH && !name.startsWith('/') && !CONTROL.test(name);
}

function joined(folder: readonly string[], name: string): string | undefined {
  const parts = [...folder];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && folder.length === 0) return undefined;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
