/** end-3, end-7a, end-7b, end-9: manifests. Hot path: GET and HEAD. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from '../answer.ts';
import { smallBodyOf } from '../body.ts';
import { refuse } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { RepositoryName, Tag } from '../names.ts';
import { type Reference, tagOrRefuse } from '../path.ts';
import { deleteManifest, pushManifest, readManifest } from '../store/manifests.ts';
import type { StoredManifest } from '../store/stored-manifests.ts';
import { deleteTag } from '../store/tags.ts';
import { requireDeletes } from './deletes.ts';
import { matchesEtag } from './ranges.ts';

interface ManifestRoute {
  readonly name: RepositoryName;
  readonly reference: Reference;
}

export async function getManifest({ store, request }: Exchange, route: ManifestRoute): Promise<Answer> {
  return manifestAnswer(await readManifest(store, route.name, route.reference), request.headers);
}

/** What is known of a manifest does not change, so neither does its answer. */
const ANSWERS = new WeakMap<StoredManifest, Answer & { readonly body: Buffer }>();

/** The manifest, or that it is the one that the client has. */
export function manifestAnswer(
  manifest: StoredManifest,
  headers: IncomingHttpHeaders,
): Answer & { readonly body?: Buffer } {
  const { bytes, digest, mediaType } = manifest;
  const ofDigest = { 'Docker-Content-Digest': digest.text, ETag: `"${digest.text}"` };
  if (matchesEtag(headers['if-none-match'], ofDigest.ETag)) return { status: 304, headers: ofDigest };
  const known = ANSWERS.get(manifest);
  if (known !== undefined) return known;
  const answer = {
    status: 200,
    headers: { 'Content-Type': mediaType, 'Content-Length': String(bytes.byteLength), ...ofDigest },
    body: bytes,
  };
  ANSWERS.set(manifest, answer);
  return answer;
}

export async function putManifest(exchange: Exchange, { name, reference }: ManifestRoute): Promise<Answer> {
  const tags = tagsOfQuery(exchange, reference);
  const bytes = await smallBodyOf(exchange, exchange.store.limits.manifestBytes);
  const contentType = exchange.request.headers['content-type'];
  const pushed = await pushManifest(exchange.store, { name, reference, tags, bytes, contentType });
  return {
    status: 201,
    headers: {
      Location: `/v2/${name}/manifests/${pushed.digest.text}`,
      'Docker-Content-Digest': pushed.digest.text,
      'Content-Length': '0',
      ...(pushed.subject !== undefined && { 'OCI-Subject': pushed.subject.text }),
      ...(tags.length > 0 && { 'OCI-Tag': tags.join(', ') }),
    },
  };
}

export async function removeManifest(
  exchange: Exchange,
  { name, reference }: ManifestRoute,
): Promise<Answer> {
  requireDeletes(exchange);
  if (reference.kind === 'tag') {
    await deleteTag(exchange.store, name, reference.tag);
    return { status: 202, headers: { 'Content-Length': '0' } };
  }
  const { digest } = reference;
  await deleteManifest(exchange.store, name, digest);
  return { status: 202, headers: { 'Docker-Content-Digest': digest.text, 'Content-Length': '0' } };
}

/** `?tag=1&tag=2` on a push by digest. */
function tagsOfQuery({ query, store }: Exchange, reference: Reference): readonly Tag[] {
  const tags = [...new Set(query.getAll('tag').map(tagOrRefuse))];
  if (tags.length > 0 && reference.kind === 'tag') {
    throw refuse('MANIFEST_INVALID', {
      message: 'tag parameters are for a push by digest; this one is by tag',
    });
  }
  if (tags.length <= store.limits.tagsPerPush) return tags;
  throw refuse('MANIFEST_INVALID', {
    status: 414,
    message: `${tags.length} tags in one push; allowed: ${store.limits.tagsPerPush}`,
  });
}
