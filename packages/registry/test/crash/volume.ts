/**
 * A registry's volume as files, read as distribution reads it and without any of Berth's code: which blobs there
 * are and whether they are what their names say, what every link holds, and who holds anything.
 */

import { createHash } from 'node:crypto';
import { blobKey, type Key } from './history.ts';
import { ROOT_DIRECTORY } from './world.ts';

export interface Volume {
  readonly problems: readonly string[];
  /** Repositories with at least one link to something that is there. */
  readonly holders: ReadonlySet<string>;
  readonly revisions: readonly { readonly repository: string; readonly digest: string }[];
  readonly subjects: readonly { readonly repository: string; readonly subject: string }[];
  /** Blobs whose link is there and whose data isn't: what was begun becomes theirs when the data comes. */
  readonly dangling: ReadonlySet<Key>;
  /** Uploads and staged files that nobody will finish. */
  readonly unfinished: readonly string[];
}

interface Reading {
  readonly problems: string[];
  readonly holders: Set<string>;
  readonly revisions: { repository: string; digest: string }[];
  readonly subjects: { repository: string; subject: string }[];
  readonly dangling: Set<Key>;
  readonly unfinished: string[];
  readonly blobs: Set<string>;
}

const TREE = `${ROOT_DIRECTORY}/docker/registry/v2/`;
const STAGING = `${ROOT_DIRECTORY}/berth/tmp/`;
const DIGEST = '(sha256|sha512)/([0-9a-f]+)';

const BLOB = /^blobs\/(sha256|sha512)\/([0-9a-f]{2})\/([0-9a-f]+)\/data$/;
type LinkKind = 'layer' | 'revision' | 'tag' | 'tag index' | 'referrer';

/** By the folder that tells what a link means. */
const LINKS: readonly (readonly [kind: LinkKind, pattern: RegExp])[] = [
  ['layer', new RegExp(`^repositories/(.+)/_layers/${DIGEST}/link$`)],
  ['revision', new RegExp(`^repositories/(.+)/_manifests/revisions/${DIGEST}/link$`)],
  ['tag', /^repositories\/(.+)\/_manifests\/tags\/[^/]+\/current\/link$/],
  ['tag index', new RegExp(`^repositories/(.+)/_manifests/tags/[^/]+/index/${DIGEST}/link$`)],
  ['referrer', new RegExp(`^repositories/(.+)/_referrers/(?:sha256|sha512)/[0-9a-f]+/${DIGEST}/link$`)],
];
const SUBJECT = new RegExp(`^repositories/(.+)/_referrers/${DIGEST}/`);
const UPLOAD = /^repositories\/.+\/_uploads\//;

/** @param entries files with their content, folders without, by absolute path */
export function readVolume(entries: ReadonlyMap<string, Buffer | undefined>): Volume {
  const reading: Reading = {
    problems: [],
    holders: new Set(),
    revisions: [],
    subjects: [],
    dangling: new Set(),
    unfinished: [],
    blobs: new Set(),
  };
  const files = [...entries].flatMap(([path, bytes]) => (bytes === undefined ? [] : [{ path, bytes }]));
  for (const { path, bytes } of files) readBlob(reading, path, bytes);
  for (const { path, bytes } of files) readOther(reading, path, bytes);
  return reading;
}

function readBlob(reading: Reading, path: string, bytes: Buffer): void {
  const [, algorithm = '', begin, hex = ''] = BLOB.exec(relative(path)) ?? [];
  if (begin === undefined) return;
  const actual = createHash(algorithm).update(bytes).digest('hex');
  if (actual !== hex || begin !== hex.slice(0, 2)) reading.problems.push(`${path} is ${actual}`);
  else reading.blobs.add(`${algorithm}:${hex}`);
}

function readOther(reading: Reading, path: string, bytes: Buffer): void {
  const name = relative(path);
  if (BLOB.test(name)) return;
  if (path.startsWith(STAGING) || UPLOAD.test(name)) {
    reading.unfinished.push(path);
    return;
  }
  for (const [kind, pattern] of LINKS) {
    const match = pattern.exec(name);
    if (match === null) continue;
    readLink(reading, kind, path, match, bytes.toString());
    return;
  }
  reading.problems.push(`${path} is nothing that belongs there`);
}

function readLink(
  reading: Reading,
  kind: LinkKind,
  path: string,
  [name, repository = '', algorithm, hex]: RegExpExecArray,
  digest: string,
): void {
  if (!/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(digest)) {
    reading.problems.push(`${path} holds ${JSON.stringify(digest)}`);
  } else if (algorithm !== undefined && digest !== `${algorithm}:${hex}`) {
    reading.problems.push(`${path} holds another digest: ${digest}`);
  } else if (!reading.blobs.has(digest)) {
    // A layer's link comes before its data, so that a collector sees it; the API goes by both.
    if (kind === 'layer') reading.dangling.add(blobKey(repository, digest));
    else reading.problems.push(`${path} leads to ${digest}, which isn't there`);
  } else {
    if (kind === 'layer' || kind === 'revision') reading.holders.add(repository);
    if (kind === 'revision') reading.revisions.push({ repository, digest });
    const [, , ofAlgorithm, ofHex] = SUBJECT.exec(name) ?? [];
    if (ofHex !== undefined) reading.subjects.push({ repository, subject: `${ofAlgorithm}:${ofHex}` });
  }
}

function relative(path: string): string {
  return path.startsWith(TREE) ? path.slice(TREE.length) : path;
}
