/**
 * The only file that knows a path. The tree is distribution's, to the letter:
 *
 *   docker/registry/v2/
 *     blobs/<algorithm>/<first two hex>/<hex>/data
 *     repositories/<name>/
 *       _layers/<algorithm>/<hex>/link                          content: the digest
 *       _manifests/revisions/<algorithm>/<hex>/link             content: the digest
 *       _manifests/tags/<tag>/current/link                      content: the digest
 *       _manifests/tags/<tag>/index/<algorithm>/<hex>/link      content: the digest
 *       _uploads/<id>/startedat                                 content: the time, RFC 3339
 *       _uploads/<id>/data, data.<offset>, …                    one file for each PATCH, named by where it begins
 *       _referrers/<algorithm>/<subject hex>/<algorithm>/<hex>/link   Berth's own; distribution skips such names
 *
 * Paths are relative to the driver's root and have no leading slash.
 */

import type { Digest, DigestAlgorithm, RepositoryName, Tag, UploadId } from '../names.ts';

declare const storePath: unique symbol;
/** A path inside the store. Only this file makes one. */
export type StorePath = string & { readonly [storePath]: true };

const ROOT = 'docker/registry/v2';
export const REPOSITORIES = `${ROOT}/repositories` as StorePath;

const at = (path: string): StorePath => path as StorePath;
const folderOf = (name: string): string => `${REPOSITORIES}/${name}`;
const spread = (digest: Digest): string => `${digest.algorithm}/${digest.hex}`;

export const blobData = (digest: Digest): StorePath =>
  at(`${ROOT}/blobs/${digest.algorithm}/${digest.hex.slice(0, 2)}/${digest.hex}/data`);

export const layersFolder = (name: RepositoryName, algorithm: DigestAlgorithm): StorePath =>
  at(`${folderOf(name)}/_layers/${algorithm}`);

export const layerLink = (name: RepositoryName, digest: Digest): StorePath =>
  at(`${layersFolder(name, digest.algorithm)}/${digest.hex}/link`);

export const revisionsFolder = (name: RepositoryName, algorithm: DigestAlgorithm): StorePath =>
  at(`${folderOf(name)}/_manifests/revisions/${algorithm}`);

export const revisionLink = (name: RepositoryName, digest: Digest): StorePath =>
  at(`${revisionsFolder(name, digest.algorithm)}/${digest.hex}/link`);

export const tagsFolder = (name: RepositoryName): StorePath => at(`${folderOf(name)}/_manifests/tags`);

export const tagFolder = (name: RepositoryName, tag: Tag): StorePath => at(`${tagsFolder(name)}/${tag}`);

export const tagLink = (name: RepositoryName, tag: Tag): StorePath =>
  at(`${tagFolder(name, tag)}/current/link`);

export const tagIndexFolder = (name: RepositoryName, tag: Tag): StorePath =>
  at(`${tagFolder(name, tag)}/index`);

export const tagIndexLink = (name: RepositoryName, tag: Tag, digest: Digest): StorePath =>
  at(`${tagIndexFolder(name, tag)}/${spread(digest)}/link`);

export const uploadsFolder = (name: RepositoryName): StorePath => at(`${folderOf(name)}/_uploads`);

export const uploadFolder = (name: RepositoryName, id: UploadId): StorePath =>
  at(`${uploadsFolder(name)}/${id}`);

export const uploadStartedAt = (name: RepositoryName, id: UploadId): StorePath =>
  at(`${uploadFolder(name, id)}/startedat`);

/** The part of an upload that begins at `offsetBytes`. */
export const uploadPart = (name: RepositoryName, id: UploadId, offsetBytes: number): StorePath =>
  at(`${uploadFolder(name, id)}/${offsetBytes === 0 ? 'data' : `data.${offsetBytes}`}`);

export const referrersFolder = (
  name: RepositoryName,
  subject: Digest,
  algorithm: DigestAlgorithm,
): StorePath => at(`${folderOf(name)}/_referrers/${spread(subject)}/${algorithm}`);

export const referrerLink = (name: RepositoryName, subject: Digest, referrer: Digest): StorePath =>
  at(`${folderOf(name)}/_referrers/${spread(subject)}/${spread(referrer)}/link`);

/** What a folder named `folder` (a name, or the beginning of one) has below it. */
export const repositoryFolder = (folder: string): StorePath =>
  at(folder === '' ? REPOSITORIES : folderOf(folder));

export const UPLOADS_MARK = '_uploads';

/** Distribution's own folders in a repository; they can't be the beginning of a name. */
export const isOwnFolder = (folderName: string): boolean => folderName.startsWith('_');
