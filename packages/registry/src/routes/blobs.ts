/** end-2, end-10: blobs. Hot path: GET and HEAD. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from '../answer.ts';
import type { Exchange } from '../exchange.ts';
import type { Digest, RepositoryName } from '../names.ts';
import { blobSizeBytes, deleteBlob, openBlob } from '../store/blobs.ts';
import { type ContentHeaders, contentAnswer } from './content-answer.ts';
import { requireDeletes } from './deletes.ts';
import { matchesEtag } from './ranges.ts';

interface BlobRoute {
  readonly name: RepositoryName;
  readonly digest: Digest;
}

export async function headBlob({ store, request }: Exchange, { name, digest }: BlobRoute): Promise<Answer> {
  return blobHeadAnswer(digest, await blobSizeBytes(store, name, digest), request.headers);
}

/** What is there, or that it is what the client has. */
export function blobHeadAnswer(
  digest: Digest,
  sizeBytes: number,
  headers: IncomingHttpHeaders,
): BodilessAnswer {
  if (matchesEtag(headers['if-none-match'], etagOf(digest))) return notModified(digest);
  const known = HEAD_ANSWERS.get(digest);
  if (known?.sizeBytes === sizeBytes) return known.answer;
  const answer = { status: 200, headers: blobHeaders(digest, sizeBytes) };
  HEAD_ANSWERS.set(digest, { sizeBytes, answer });
  return answer;
}

/** Of digests that are remembered with the paths that they stand in. */
const HEAD_ANSWERS = new WeakMap<Digest, { readonly sizeBytes: number; readonly answer: BodilessAnswer }>();

type BodilessAnswer = Answer & { readonly body?: never };

/** The answers to blobs that are remembered: as long as the bytes are, so is what is said of them. */
const ANSWERS = new WeakMap<Buffer, Answer & { readonly body: Buffer }>();

/** A blob that is in memory, or that it is what the client has. */
export function blobAnswer(
  digest: Digest,
  whole: Buffer,
  headers: IncomingHttpHeaders,
): Answer & { readonly body?: Buffer } {
  if (matchesEtag(headers['if-none-match'], etagOf(digest))) return notModified(digest);
  const known = ANSWERS.get(whole);
  if (known !== undefined) return known;
  const answer = { status: 200, headers: blobHeaders(digest, whole.byteLength), body: whole };
  ANSWERS.set(whole, answer);
  return answer;
}

export async function getBlob({ store, request }: Exchange, { name, digest }: BlobRoute): Promise<Answer> {
  const content = await openBlob(store, name, digest);
  return await contentAnswer(request.headers, content, blobHeaders(digest, content.sizeBytes));
}

export async function removeBlob(exchange: Exchange, { name, digest }: BlobRoute): Promise<Answer> {
  requireDeletes(exchange);
  await deleteBlob(exchange.store, name, digest);
  return { status: 202, headers: { 'Docker-Content-Digest': digest.text, 'Content-Length': '0' } };
}

function blobHeaders(digest: Digest, sizeBytes: number): ContentHeaders {
  return {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(sizeBytes),
    'Docker-Content-Digest': digest.text,
    ETag: etagOf(digest),
    'Accept-Ranges': 'bytes',
    'Cache-Control': CACHE_CONTROL,
  };
}

/** What a digest names never changes. */
const CACHE_CONTROL = 'max-age=31536000';

/** With the headers of the answer that a cache would renew. RFC 9110, section 15.4.5. */
function notModified(digest: Digest): BodilessAnswer {
  return {
    status: 304,
    headers: {
      ETag: etagOf(digest),
      'Docker-Content-Digest': digest.text,
      'Cache-Control': CACHE_CONTROL,
    },
  };
}

const etagOf = (digest: Digest): string => `"${digest.text}"`;
