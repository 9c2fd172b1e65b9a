/**
 * The grammar of the API: method and path in, a typed route out, or the spec's error. It knows no store and no
 * access. Beside each route stand the spec's endpoint numbers.
 *
 * distribution-spec v1.1.1 and main, "Endpoints"; Docker Registry HTTP API V2 for the catalog.
 */

import { type ErrorCode, refuse } from './errors.ts';
import {
  DIGEST_ALGORITHMS,
  type Digest,
  MAX_NAME_LENGTH,
  parseDigest,
  parseRepositoryName,
  parseTag,
  parseUploadId,
  type RepositoryName,
  type Tag,
  type UploadId,
} from './names.ts';

/** What a manifest is asked for by. */
export type Reference =
  | { readonly kind: 'tag'; readonly tag: Tag }
  | { readonly kind: 'digest'; readonly digest: Digest };

export type Route =
  | { readonly kind: 'base' } //                                                                     end-1
  | { readonly kind: 'catalog' } //                                          Docker's /v2/_catalog
  | { readonly kind: 'blob-get' | 'blob-head'; readonly name: RepositoryName; readonly digest: Digest } //  end-2
  | { readonly kind: 'blob-delete'; readonly name: RepositoryName; readonly digest: Digest } //     end-10
  | {
      readonly kind: 'manifest-get' | 'manifest-head';
      readonly name: RepositoryName;
      readonly reference: Reference;
    } // end-3
  | { readonly kind: 'manifest-put'; readonly name: RepositoryName; readonly reference: Reference } // end-7a, 7b
  | { readonly kind: 'manifest-delete'; readonly name: RepositoryName; readonly reference: Reference } // end-9
  | { readonly kind: 'upload-start'; readonly name: RepositoryName } //                      end-4a, 4b, 4c, 11
  | { readonly kind: 'upload-status'; readonly name: RepositoryName; readonly id: UploadId } //     end-13
  | { readonly kind: 'upload-append'; readonly name: RepositoryName; readonly id: UploadId } //     end-5
  | { readonly kind: 'upload-finish'; readonly name: RepositoryName; readonly id: UploadId } //     end-6
  | { readonly kind: 'upload-cancel'; readonly name: RepositoryName; readonly id: UploadId } //     end-14
  | { readonly kind: 'tags'; readonly name: RepositoryName } //                                     end-8a, 8b
  | { readonly kind: 'referrers'; readonly name: RepositoryName; readonly digest: Digest } //       end-12a, 12b
  | { readonly kind: 'archive-upload'; readonly name: RepositoryName; readonly reference: Reference } // Berth's own
  | { readonly kind: 'archive-download'; readonly name: RepositoryName; readonly reference: Reference }; // Berth's own

export type RouteKind = Route['kind'];

/**
 * The route that `method` on `path` is.
 * @param path the path of the request, without its query, as it was sent (percent-encoded)
 * @throws RegistryError NAME_INVALID, DIGEST_INVALID, TAG_INVALID, BLOB_UPLOAD_UNKNOWN, UNSUPPORTED (404, 405)
 */
export function parseRoute(method: string, path: string): Route {
  if (path === '/v2' || path === '/v2/')
    return pick(method, { GET: { kind: 'base' }, HEAD: { kind: 'base' } });
  if (!path.startsWith('/v2/')) return archiveRoute(method, path);
  if (path === '/v2/_catalog') return pick(method, { GET: { kind: 'catalog' } });
  const segments = path.split('/');
  const last = segments.length - 1;
  // From the end, since a name may itself have a segment called blobs or manifests.
  const noun = segments[last - 1];
  const item = segments[last] ?? '';
  if (noun === 'manifests') return manifestRoute(method, nameOf(segments, last - 1), item);
  if (noun === 'blobs' && item !== 'uploads') return blobRoute(method, nameOf(segments, last - 1), item);
  if (noun === 'tags' && item === 'list') return tagsRoute(method, nameOf(segments, last - 1));
  if (noun === 'referrers') return referrersRoute(method, nameOf(segments, last - 1), item);
  if (noun === 'blobs') return uploadStartRoute(method, nameOf(segments, last - 1));
  if (noun === 'uploads' && segments[last - 2] === 'blobs') {
    const name = nameOf(segments, last - 2);
    return item === '' ? uploadStartRoute(method, name) : uploadRoute(method, name, item);
  }
  throw noEndpoint(path);
}

function manifestRoute(method: string, name: RepositoryName, item: string): Route {
  const reference = parseReference(decodeSegment(item));
  return pick(method, {
    GET: { kind: 'manifest-get', name, reference },
    HEAD: { kind: 'manifest-head', name, reference },
    PUT: { kind: 'manifest-put', name, reference },
    DELETE: { kind: 'manifest-delete', name, reference },
  });
}

function blobRoute(method: string, name: RepositoryName, item: string): Route {
  const digest = digestOrRefuse(decodeSegment(item));
  return pick(method, {
    GET: { kind: 'blob-get', name, digest },
    HEAD: { kind: 'blob-head', name, digest },
    DELETE: { kind: 'blob-delete', name, digest },
  });
}

function tagsRoute(method: string, name: RepositoryName): Route {
  return pick(method, { GET: { kind: 'tags', name } });
}

function referrersRoute(method: string, name: RepositoryName, item: string): Route {
  return pick(method, { GET: { kind: 'referrers', name, digest: digestOrRefuse(decodeSegment(item)) } });
}

function uploadStartRoute(method: string, name: RepositoryName): Route {
  return pick(method, { POST: { kind: 'upload-start', name } });
}

function uploadRoute(method: string, name: RepositoryName, item: string): Route {
  const id = parseUploadId(item);
  if (id === undefined) {
    throw refuse('BLOB_UPLOAD_UNKNOWN', {
      message: 'this is not an upload id: use the Location of the POST that started the upload',
    });
  }
  return pick(method, {
    GET: { kind: 'upload-status', name, id },
    PATCH: { kind: 'upload-append', name, id },
    PUT: { kind: 'upload-finish', name, id },
    DELETE: { kind: 'upload-cancel', name, id },
  });
}

/** Beyond the spec: `/upload/NAME:TAG`, `/download/NAME:TAG` and `/download/NAME@DIGEST`. */
const ARCHIVES = { upload: '/upload/', download: '/download/' } as const;

/** Whether a path belongs to the registry although it isn't below /v2. */
export function isArchivePath(path: string): boolean {
  return path.startsWith(ARCHIVES.upload) || path.startsWith(ARCHIVES.download);
}

function archiveRoute(method: string, path: string): Route {
  if (path.startsWith(ARCHIVES.upload)) {
    const { name, reference } = archiveReference(path.slice(ARCHIVES.upload.length));
    const route = { kind: 'archive-upload', name, reference } as const;
    return pick(method, { POST: route, PUT: route });
  }
  if (!path.startsWith(ARCHIVES.download)) throw noEndpoint(path);
  const { name, reference } = archiveReference(path.slice(ARCHIVES.download.length));
  const route = { kind: 'archive-download', name, reference } as const;
  return pick(method, { GET: route, HEAD: route });
}

/** As clients write an image's reference, without the host. */
function archiveReference(text: string): { readonly name: RepositoryName; readonly reference: Reference } {
  const decoded = decodeSegment(text);
  const at = decoded.indexOf('@');
  if (at !== -1) {
    const digest = digestOrRefuse(decoded.slice(at + 1));
    return { name: nameOrRefuse(decoded.slice(0, at)), reference: { kind: 'digest', digest } };
  }
  const colon = decoded.indexOf(':');
  if (colon === -1) throw invalid('TAG_INVALID', '', 'a tag', `the path must end with NAME:TAG`);
  const name = nameOrRefuse(decoded.slice(0, colon));
  return { name, reference: { kind: 'tag', tag: tagOrRefuse(decoded.slice(colon + 1)) } };
}

type Methods = { readonly [Method in 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE']?: Route };

function pick(method: string, routes: Methods): Route {
  for (const [name, route] of Object.entries(routes)) if (name === method) return route;
  const allowed = Object.keys(routes).join(', ');
  throw refuse('UNSUPPORTED', {
    message: `${method} is not possible here; allowed: ${allowed}`,
    headers: { Allow: allowed },
  });
}

function nameOf(segments: readonly string[], end: number): RepositoryName {
  return nameOrRefuse(segments.slice(2, end).join('/'));
}

/** @throws RegistryError NAME_INVALID */
export function nameOrRefuse(text: string): RepositoryName {
  const name = parseRepositoryName(text);
  if (name !== undefined) return name;
  throw invalid(
    'NAME_INVALID',
    text,
    'a repository name',
    `lower-case letters and digits, separated by '.', '_', '__', '-' or '/', ${MAX_NAME_LENGTH} characters at most, not percent-encoded`,
  );
}

/** @throws RegistryError DIGEST_INVALID */
export function digestOrRefuse(text: string): Digest {
  const digest = parseDigest(text);
  if (digest !== undefined) return digest;
  throw invalid(
    'DIGEST_INVALID',
    text,
    'a digest',
    `${DIGEST_ALGORITHMS.join(' or ')}, a colon, and its lower-case hex`,
  );
}

/** @throws RegistryError TAG_INVALID */
export function tagOrRefuse(text: string): Tag {
  const tag = parseTag(text);
  if (tag !== undefined) return tag;
  throw invalid(
    'TAG_INVALID',
    text,
    'a tag',
    "letters, digits, '_', '.' and '-', not first '.' or '-', 128 characters at most",
  );
}

function parseReference(text: string): Reference {
  if (text.includes(':')) return { kind: 'digest', digest: digestOrRefuse(text) };
  return { kind: 'tag', tag: tagOrRefuse(text) };
}

function invalid(code: ErrorCode, text: string, what: string, allowed: string): Error {
  const shown = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return refuse(code, {
    message: `${JSON.stringify(shown)} is not ${what}: ${allowed}`,
    detail: { value: shown },
  });
}

/** Some clients send a digest's colon as %3A. Names have nothing to encode. */
function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function noEndpoint(path: string): Error {
  const shown = path.length > 300 ? `${path.slice(0, 300)}…` : path;
  return refuse('UNSUPPORTED', {
    status: 404,
    message: `${JSON.stringify(shown)} is no endpoint of the registry API (/v2/…)`,
  });
}
