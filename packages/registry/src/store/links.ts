/** Links: small files that hold a digest. What they mean depends on where they are (layout.ts). */

import {
  type Driver,
  type FileFacts,
  isDriverFailure,
  type QuickReads,
  type Staged,
} from '../drivers/driver.ts';
import { type Digest, parseDigest } from '../names.ts';
import type { StorePath } from './layout.ts';

const MAX_LINK_BYTES = 256;

/** The digest in the link, or undefined if there is none (or something that isn't a digest). */
export async function readLink(driver: Driver, path: StorePath): Promise<Digest | undefined> {
  const quick = driver.quick && readLinkNow(driver.quick, path);
  if (quick !== undefined) return quick === 'missing' ? undefined : quick;
  const bytes = await readSlowly(driver, path);
  return bytes === 'missing' ? undefined : digestIn(bytes);
}

/** The digest in the link, or 'missing' as above; undefined where it can't be read quickly just now. */
export function readLinkNow(reads: QuickReads, path: StorePath): Digest | 'missing' | undefined {
  const bytes = reads.readWhole(path, MAX_LINK_BYTES);
  if (bytes === undefined || bytes === 'missing') return bytes;
  const parsed = PARSED.get(bytes) ?? digestIn(bytes) ?? 'missing';
  PARSED.set(bytes, parsed);
  return parsed;
}

/** By the buffers that quick reads give again as long as the link is the same. */
const PARSED = new WeakMap<Buffer, Digest | 'missing'>();

function digestIn(bytes: Buffer): Digest | undefined {
  return parseDigest(bytes.toString('latin1').trim());
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

/** The same, or undefined where that can't be told just now. */
export function isThereNow(reads: QuickReads, path: StorePath): boolean | undefined {
  const facts = reads.stat(path);
  return facts && facts !== 'missing';
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
