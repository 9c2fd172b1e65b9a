/** Links: small files that hold a digest. What they mean depends on where they are (layout.ts). */

import { type Driver, type FileFacts, isDriverFailure, type Staged } from '../drivers/driver.ts';
import { type Digest, parseDigest } from '../names.ts';
import type { StorePath } from './layout.ts';

const MAX_LINK_BYTES = 256;

/** The digest in the link, or undefined if there is none (or something that isn't a digest). */
export async function readLink(driver: Driver, path: StorePath): Promise<Digest | undefined> {
  const bytes = driver.quick?.readWhole(path, MAX_LINK_BYTES) ?? (await readSlowly(driver, path));
  return bytes === 'missing' ? undefined : parseDigest(bytes.toString('latin1').trim());
}

async function readSlowly(driver: Driver, path: StorePath): Promise<Buffer | 'missing'> {
  try {
    return await driver.readSmall(path, MAX_LINK_BYTES);
  } catch (error) {
    if (isDriverFailure(error, 'missing')) return 'missing';
    throw error;
  }
}

/** The content of a link, for a place that it is to be given. */
export async function stageLink(driver: Driver, digest: Digest): Promise<Staged> {
  return await driver.stage([[Buffer.from(digest.text, 'latin1')]]);
}

/** Puts a link there, or replaces the one that is. Durable. */
export async function writeLink(driver: Driver, path: StorePath, digest: Digest): Promise<void> {
  await driver.writeSmall(path, Buffer.from(digest.text, 'latin1'), { durable: true });
}

/** Size and time of a file, or undefined if it isn't there. */
export async function statOf(driver: Driver, path: StorePath): Promise<FileFacts | undefined> {
  const quick = driver.quick?.stat(path);
  if (quick !== undefined) return quick === 'missing' ? undefined : quick;
  try {
    return await driver.stat(path);
  } catch (error) {
    if (isDriverFailure(error, 'missing')) return undefined;
    throw error;
  }
}

/** True if a file is there. */
export async function isThere(driver: Driver, path: StorePath): Promise<boolean> {
  return (await statOf(driver, path)) !== undefined;
}

/** True if a file is there, which then survives a power cut. */
export async function isDurablyThere(driver: Driver, path: StorePath): Promise<boolean> {
  try {
    await driver.makeDurable(path);
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
