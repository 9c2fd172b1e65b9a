/** The refusals of archives: what is wrong with what came, in the words of whoever sent it. */

import { type RegistryError, refuse } from '../errors.ts';

/** @param why follows "this archive can't be taken:" */
export function invalidArchive(why: string, detail?: unknown): RegistryError {
  return refuse('BLOB_UPLOAD_INVALID', {
    message: `this archive can't be taken: ${why}`,
    ...(detail !== undefined && { detail }),
  });
}

/** @param what in the plural: `entries` */
export function tooMuch(what: string, limit: number): RegistryError {
  return refuse('BLOB_UPLOAD_INVALID', {
    status: 413,
    message: `this archive can't be taken: it has too many ${what}; allowed: ${limit}`,
    detail: { limit },
  });
}

/** A name from an archive as a message may hold it. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
