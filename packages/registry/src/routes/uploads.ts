/** end-4a, 4b, 4c, 5, 6, 11, 13, 14: uploads and mounts. */

import type { Need } from '../access/gate.ts';
import { needsOf, pullOf } from '../access/needs.ts';
import type { Answer } from '../answer.ts';
import { bodyOf, ClientGone, declaredLength } from '../body.ts';
import type { Chunks } from '../chunks.ts';
import { refuse } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import {
  DIGEST_ALGORITHMS,
  type Digest,
  type DigestAlgorithm,
  parseDigestAlgorithm,
  parseRepositoryName,
  type RepositoryName,
  type UploadId,
} from '../names.ts';
import { digestOrRefuse, nameOrRefuse } from '../path.ts';
import { mountBlob } from '../store/blobs.ts';
import {
  appendToUpload,
  cancelUpload,
  finishUpload,
  rangeHeader,
  receiveBlob,
  receivedBytes,
  startUpload,
  type UploadRef,
} from '../store/uploads.ts';
import { type ByteRange, parseChunkRange } from './ranges.ts';

interface UploadRoute {
  readonly name: RepositoryName;
  readonly id: UploadId;
}

export async function postUpload(exchange: Exchange, { name }: { name: RepositoryName }): Promise<Answer> {
  const { query, store } = exchange;
  const algorithm = query.get('digest-algorithm');
  if (algorithm !== null) algorithmOrRefuse(algorithm);
  const mount = query.get('mount');
  if (mount !== null && (await mounted(exchange, name, digestOrRefuse(mount)))) {
    return created(name, digestOrRefuse(mount));
  }
  const digestText = query.get('digest');
  if (digestText !== null && mount === null) {
    const digest = digestOrRefuse(digestText);
    await receiveBlob(store, name, bodyOf(exchange), digest);
    return created(name, digest);
  }
  return accepted(await startUpload(store, name), 0, 202, algorithm ?? undefined);
}

export async function getUpload({ store }: Exchange, { name, id }: UploadRoute): Promise<Answer> {
  return accepted({ name, id }, await receivedBytes(store, { name, id }), 204);
}

export async function patchUpload(exchange: Exchange, { name, id }: UploadRoute): Promise<Answer> {
  const range = chunkRange(exchange);
  const algorithm = algorithmOrRefuse(exchange.query.get('digest-algorithm') ?? 'sha256');
  const body = keepingWhatCame(exactly(bodyOf(exchange), range));
  const received = await appendToUpload(
    exchange.store,
    { name, id },
    range?.startByte,
    body.source,
    algorithm,
  );
  if (body.failure !== undefined) throw body.failure;
  return accepted({ name, id }, received, 202, exchange.query.get('digest-algorithm') ?? undefined);
}

export async function putUpload(exchange: Exchange, { name, id }: UploadRoute): Promise<Answer> {
  const range = chunkRange(exchange);
  const digestText = exchange.query.get('digest');
  if (digestText === null) {
    throw refuse('DIGEST_INVALID', { message: 'the query must have digest=<digest of the whole blob>' });
  }
  const digest = digestOrRefuse(digestText);
  const body = exactly(bodyOf(exchange), range);
  await finishUpload(exchange.store, { name, id }, range?.startByte, body, digest);
  return created(name, digest);
}

export async function deleteUpload({ store }: Exchange, { name, id }: UploadRoute): Promise<Answer> {
  await cancelUpload(store, { name, id });
  return { status: 204, headers: { 'Docker-Upload-UUID': id } };
}

/** The pull on `from` that a mount asks for beside its push. */
export function wantsOfMount(query: URLSearchParams): readonly Need[] {
  const from = query.has('mount') ? parseRepositoryName(query.get('from') ?? '') : undefined;
  return from === undefined ? [] : [pullOf(from)];
}

/**
 * Mounts the blob where the grant may pull it: in `from`, or without `from` in any repository that it names.
 * Nobody learns whether a blob is there who may not pull it.
 * @throws RegistryError the challenge for both, when the token was never asked about `from`
 */
async function mounted(exchange: Exchange, name: RepositoryName, digest: Digest): Promise<boolean> {
  const { grant, gate, request, query, store } = exchange;
  const fromText = query.get('from');
  if (fromText === null) return await mountedFromAny(exchange, name, digest);
  const from = nameOrRefuse(fromText);
  if (grant.allows('repository', from, 'pull')) return await mountBlob(store, from, name, digest);
  if (grant.asked('repository', from)) return false;
  throw gate.challenge(request, [...needsOf({ kind: 'upload-start', name }), pullOf(from)], grant);
}

async function mountedFromAny(
  { grant, store }: Exchange,
  name: RepositoryName,
  digest: Digest,
): Promise<boolean> {
  for (const text of [name, ...grant.holds.map((access) => access.name)]) {
    const from = parseRepositoryName(text);
    const isAllowed = from !== undefined && grant.allows('repository', from, 'pull');
    if (isAllowed && (await mountBlob(store, from, name, digest))) return true;
  }
  return false;
}

/** @throws RegistryError SIZE_INVALID when the declared length isn't that of the range */
function chunkRange(exchange: Exchange): ByteRange | undefined {
  const range = parseChunkRange(exchange.request.headers['content-range']);
  const length = declaredLength(exchange);
  if (range !== undefined && length !== undefined && length !== range.endByte - range.startByte) {
    throw wrongLength(range, length);
  }
  return range;
}

/** Refuses a body of another length than its range says. */
function exactly(source: AsyncIterable<Chunks>, range: ByteRange | undefined): AsyncIterable<Chunks> {
  return range === undefined ? source : ofLength(source, range);
}

async function* ofLength(source: AsyncIterable<Chunks>, range: ByteRange): AsyncIterable<Chunks> {
  let sizeBytes = 0;
  for await (const chunks of source) {
    for (const chunk of chunks) sizeBytes += chunk.byteLength;
    if (sizeBytes > range.endByte - range.startByte) throw wrongLength(range, sizeBytes);
    yield chunks;
  }
  if (sizeBytes !== range.endByte - range.startByte) throw wrongLength(range, sizeBytes);
}

interface Kept {
  readonly source: AsyncIterable<Chunks>;
  failure: ClientGone | undefined;
}

/** A client that goes away in the middle of a PATCH may come back and go on where it was. */
function keepingWhatCame(source: AsyncIterable<Chunks>): Kept {
  const kept: Kept = { source: pass(), failure: undefined };
  async function* pass(): AsyncIterable<Chunks> {
    try {
      yield* source;
    } catch (error) {
      if (!(error instanceof ClientGone)) throw error;
      kept.failure = error;
    }
  }
  return kept;
}

function algorithmOrRefuse(text: string): DigestAlgorithm {
  const algorithm = parseDigestAlgorithm(text);
  if (algorithm !== undefined) return algorithm;
  throw refuse('DIGEST_INVALID', {
    message: `${JSON.stringify(text)} is not a digest algorithm; allowed: ${DIGEST_ALGORITHMS.join(', ')}`,
  });
}

function wrongLength(range: ByteRange, lengthBytes: number): Error {
  return refuse('SIZE_INVALID', {
    message: `Content-Range ${range.startByte}-${range.endByte - 1} is ${range.endByte - range.startByte} bytes, the body ${lengthBytes} or more`,
  });
}

function created(name: RepositoryName, digest: Digest): Answer {
  return {
    status: 201,
    headers: {
      Location: `/v2/${name}/blobs/${digest.text}`,
      'Docker-Content-Digest': digest.text,
      'Content-Length': '0',
    },
  };
}

function accepted(upload: UploadRef, received: number, status: number, algorithm?: string): Answer {
  const query = algorithm === undefined ? '' : `?digest-algorithm=${algorithm}`;
  return {
    status,
    headers: {
      Location: `/v2/${upload.name}/blobs/uploads/${upload.id}${query}`,
      Range: rangeHeader(received),
      'Docker-Upload-UUID': upload.id,
      ...(status !== 204 && { 'Content-Length': '0' }),
    },
  };
}
