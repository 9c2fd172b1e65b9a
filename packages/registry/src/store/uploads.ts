/**
 * Uploads: blobs that are still coming.
 *
 * An upload is a folder of parts, one for each PATCH, named by the offset where it begins. A part appears whole,
 * is written by one request only and never changes, so that any process may go on with an upload and none can
 * disturb what another has verified. The parts that follow each other from 0 are what has been received.
 *
 * distribution-spec v1.1.1, "Pushing blobs".
 */

import type { ByteSource, Chunks } from '../chunks.ts';
import { isDriverFailure, type Staged } from '../drivers/driver.ts';
import { refuse } from '../errors.ts';
import {
  type Digest,
  type DigestAlgorithm,
  parseUploadId,
  type RepositoryName,
  type UploadId,
} from '../names.ts';
import { placeBlob } from './blobs.ts';
import type { StoreContext } from './context.ts';
import { repositoryFolder, type StorePath, uploadFolder, uploadPart, uploadStartedAt } from './layout.ts';
import { isThere, statOf } from './links.ts';
import { digestOfStaged, type StagedWithDigest } from './upload-hash.ts';

/** Where an upload goes, and which one it is. */
export interface UploadRef {
  readonly name: RepositoryName;
  readonly id: UploadId;
}

interface Part {
  readonly path: StorePath;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** Starts an upload. */
export async function startUpload(store: StoreContext, name: RepositoryName): Promise<UploadRef> {
  const id = parseUploadId(store.randomId());
  if (id === undefined) throw new TypeError('randomId must make UUIDs');
  const startedAt = new Date(store.clock()).toISOString();
  await store.driver.writeSmall(uploadStartedAt(name, id), Buffer.from(startedAt), { durable: false });
  return { name, id };
}

/** How many bytes have been received. @throws RegistryError BLOB_UPLOAD_UNKNOWN */
export async function receivedBytes(store: StoreContext, upload: UploadRef): Promise<number> {
  await checkUpload(store, upload);
  return endOf(await partsOf(store, upload));
}

/**
 * Adds a part. Where `source` ends early without throwing, what came is kept.
 * @param offsetBytes where the part says that it begins; where the last ended, if it says nothing
 * @param algorithm of the digest that the blob is likely to get
 * @returns how many bytes have been received now
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN; BLOB_UPLOAD_INVALID (416) when it doesn't follow the last part
 */
export async function appendToUpload(
  store: StoreContext,
  upload: UploadRef,
  offsetBytes: number | undefined,
  source: ByteSource,
  algorithm: DigestAlgorithm,
): Promise<number> {
  await checkUpload(store, upload);
  const end = endOf(await partsOf(store, upload));
  if (offsetBytes !== undefined && offsetBytes !== end) throw outOfOrder(upload, end);
  const { staged, actual } = await store.uploadHashes.stage(store.driver, source, algorithm);
  if (staged.sizeBytes === 0) {
    await store.driver.discard(staged);
    return end;
  }
  const path = uploadPart(upload.name, upload.id, end);
  await placePart(store, upload, staged, path);
  store.uploadDigests.remember(path, actual);
  return end + staged.sizeBytes;
}

/**
 * Ends an upload: verifies the digest of all parts, and of `source` after them, and makes them a blob. Durable.
 * An upload with another digest is thrown away, as it can't become right any more. Of several requests that end one
 * upload at once, one does; to the others it has ended.
 * @param offsetBytes where `source` says that it begins
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN, BLOB_UPLOAD_INVALID (416), DIGEST_INVALID
 */
export async function finishUpload(
  store: StoreContext,
  upload: UploadRef,
  offsetBytes: number | undefined,
  source: ByteSource,
  digest: Digest,
): Promise<void> {
  await checkUpload(store, upload);
  const parts = await partsOf(store, upload);
  if (offsetBytes !== undefined && offsetBytes !== endOf(parts)) throw outOfOrder(upload, endOf(parts));
  const gathered = await gather(store, upload, parts, source, digest.algorithm);
  await orDiscard(store, upload, () => placeVerified(store, upload.name, digest, gathered));
  await store.driver.deleteFolder(uploadFolder(upload.name, upload.id));
}

/** A blob in one request. Durable. @throws RegistryError DIGEST_INVALID */
export async function receiveBlob(
  store: StoreContext,
  name: RepositoryName,
  source: ByteSource,
  digest: Digest,
): Promise<void> {
  await placeVerified(
    store,
    name,
    digest,
    await store.uploadHashes.stage(store.driver, source, digest.algorithm),
  );
}

async function placeVerified(
  store: StoreContext,
  name: RepositoryName,
  digest: Digest,
  { staged, actual }: StagedWithDigest,
): Promise<void> {
  if (actual.text !== digest.text) {
    await store.driver.discard(staged);
    throw digestMismatch(digest, actual, staged.sizeBytes);
  }
  await placeBlob(store, name, digest, staged);
}

/** Ends an upload without a blob. @throws RegistryError BLOB_UPLOAD_UNKNOWN */
export async function cancelUpload(store: StoreContext, upload: UploadRef): Promise<void> {
  await checkUpload(store, upload);
  await discardUpload(store, upload);
}

/** Removes an upload, and the repository's folder if there is nothing else in it. */
export async function discardUpload(store: StoreContext, upload: UploadRef): Promise<void> {
  await store.driver.deleteFolder(uploadFolder(upload.name, upload.id));
  await store.driver.deleteEmptyFolder(repositoryFolder(upload.name));
}

/**
 * All of an upload as one staged file. One part with nothing after it is taken as it is.
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN where another request ends the upload
 */
async function gather(
  store: StoreContext,
  upload: UploadRef,
  parts: readonly Part[],
  source: ByteSource,
  algorithm: DigestAlgorithm,
): Promise<StagedWithDigest> {
  const rest = await peek(source);
  const [only] = parts;
  if (only === undefined || parts.length > 1 || !rest.isEmpty) {
    const whole = concatenated(store, parts, rest.source);
    const gathered = await store.uploadHashes.stage(store.driver, whole, algorithm);
    try {
      await claim(store, upload);
    } catch (error) {
      await store.driver.discard(gathered.staged);
      throw error;
    }
    return gathered;
  }
  await claim(store, upload);
  return orDiscard(store, upload, async () => {
    const staged = await store.driver.take(only.path).catch(uploadGone);
    const known = store.uploadDigests.take(only.path);
    if (known?.algorithm === algorithm) return { staged, actual: known };
    return { staged, actual: await digestOfStaged(store.driver, staged, algorithm) };
  });
}

/** What is left of an upload that has ended is of no use where `work` fails; what can't be removed now, the purge does. */
async function orDiscard<T>(store: StoreContext, upload: UploadRef, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await discardUpload(store, upload).catch(() => {});
    throw error;
  }
}

/**
 * Makes this request the one that ends the upload: only one gets the file that every other looks for. From here on the
 * upload has ended, also where what follows fails.
 */
async function claim(store: StoreContext, { name, id }: UploadRef): Promise<void> {
  await store.driver.discard(await store.driver.take(uploadStartedAt(name, id)).catch(uploadGone));
}

async function* concatenated(
  store: StoreContext,
  parts: readonly Part[],
  rest: ByteSource,
): AsyncIterable<Chunks> {
  for (const part of parts) {
    const content = await store.driver.open(part.path).catch(uploadGone);
    try {
      for (let offset = 0; offset < content.sizeBytes; ) {
        const chunk = Buffer.allocUnsafe(Math.min(COPY_BYTES, content.sizeBytes - offset));
        const count = await content.read(chunk, offset);
        if (count === 0) break;
        yield [chunk.subarray(0, count)];
        offset += count;
      }
    } finally {
      await content.close();
    }
  }
  yield* rest;
}

const COPY_BYTES = 256 * 1024;

/** Whether there is anything in `source`, and all of it. */
async function peek(source: ByteSource): Promise<{ isEmpty: boolean; source: ByteSource }> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const first = await iterator.next();
  if (first.done === true) return { isEmpty: true, source: [] };
  async function* all(): AsyncIterable<Chunks> {
    for (let item = first; item.done !== true; item = await iterator.next()) yield item.value;
  }
  return { isEmpty: false, source: all() };
}

async function partsOf(store: StoreContext, upload: UploadRef): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (let offsetBytes = 0; ; ) {
    const path = uploadPart(upload.name, upload.id, offsetBytes);
    const { sizeBytes = 0 } = (await statOf(store.driver, path)) ?? {};
    if (sizeBytes === 0) return parts;
    parts.push({ path, offsetBytes, sizeBytes });
    offsetBytes += sizeBytes;
  }
}

function endOf(parts: readonly Part[]): number {
  const last = parts.at(-1);
  return last === undefined ? 0 : last.offsetBytes + last.sizeBytes;
}

async function placePart(
  store: StoreContext,
  upload: UploadRef,
  staged: Staged,
  path: StorePath,
): Promise<void> {
  try {
    await store.driver.place(staged, path, { durable: false, ifAbsent: true });
  } catch (error) {
    if (!isDriverFailure(error, 'exists')) throw error;
    throw outOfOrder(upload, await receivedBytes(store, upload));
  }
}

async function checkUpload(store: StoreContext, upload: UploadRef): Promise<void> {
  if (!(await isThere(store.driver, uploadStartedAt(upload.name, upload.id)))) throw uploadUnknown(upload);
}

function uploadUnknown(upload: UploadRef): Error {
  return refuse('BLOB_UPLOAD_UNKNOWN', {
    message: `repository ${upload.name} has no upload ${upload.id}: it was finished, cancelled or purged; start another`,
    detail: { name: upload.name, id: upload.id },
  });
}

/** Another request ended the upload meanwhile. */
function uploadGone(error: unknown): never {
  if (!isDriverFailure(error, 'missing')) throw error;
  throw refuse('BLOB_UPLOAD_UNKNOWN', { message: 'this upload was ended by another request' });
}

function outOfOrder(upload: UploadRef, end: number): Error {
  return refuse('BLOB_UPLOAD_INVALID', {
    status: 416,
    message: `the chunk must begin at ${end}: that many bytes have been received`,
    detail: { receivedBytes: end },
    headers: {
      Location: `/v2/${upload.name}/blobs/uploads/${upload.id}`,
      Range: rangeHeader(end),
      'Docker-Upload-UUID': upload.id,
    },
  });
}

/** What has been received, in the form of the API, which has none for nothing. */
export function rangeHeader(receivedByteCount: number): string {
  return `0-${Math.max(0, receivedByteCount - 1)}`;
}

function digestMismatch(wanted: Digest, actual: Digest, sizeBytes: number): Error {
  return refuse('DIGEST_INVALID', {
    message: `the ${sizeBytes} bytes received have the digest ${actual.text}, not ${wanted.text}`,
    detail: { wanted: wanted.text, received: actual.text, receivedBytes: sizeBytes },
  });
}
