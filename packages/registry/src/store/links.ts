/** Links: small files that hold a digest. What they mean depends on where they are (layout.ts). */

import { type Driver, isDriverFailure } from '../drivers/driver.ts';
import { type Digest, parseDigest } from '../names.ts';
import type { StorePath } from './layout.ts';

const MAX_LINK_BYTES = 256;

/** The digest in the link, or undefined if there is none (or something that isn't a digest). */
export async function readLink(driver: Driver, path: StorePath): Promise<Digest | undefined> {
  try {
    return parseDigest((await driver.readSmall(path, MAX_LINK_BYTES)).toString('latin1').trim());
  } catch (error) {
    if (isDriverFailure(error, 'missing')) return undefined;
    throw error;
  }
}

/** Puts a link there, or replaces the one that is. Durable. */
export async function writeLink(driver: Driver, path: StorePath, digest: Digest): Promise<void> {
  await driver.writeSmall(path, Buffer.from(digest.text, 'latin1'), { durable: true });
}

/** True if a file is there. */
export async function isThere(driver: Driver, path: StorePath): Promise<boolean> {
  try {
    await driver.stat(path);
    return true;
  } catch (error) {
    if (isDriverFailure(error, 'missing')) return false;
    throw error;
  }
}

/** Removes a file; false if there was none. */
export async function removeFile(driver: Driver, path: StorePath): Promise<boolean> {
  try {
    await driver.delete(path);
    return true;
  } catch (error) {
    if (isDriverFailure(error, 'missing')) return false;
    throw error;
  }
}
