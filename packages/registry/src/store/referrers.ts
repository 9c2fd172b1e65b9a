/**
 * Referrers: the manifests of a repository that name another as their subject, whether that one is there or not.
 *
 * A link for each, written before the manifest itself is there and believed only when it is. What clients kept
 * in an index under the referrers tag, on registries that had no such listing, is listed as well.
 *
 * distribution-spec v1.1.1, "Listing Referrers", "Referrers Tag Schema", "Enabling the Referrers API".
 */

import type { Limits } from '../limits.ts';
import { DIGEST_ALGORITHMS, type Digest, parseDigest, parseTag, type RepositoryName } from '../names.ts';
import type { StoreContext } from './context.ts';
import { folderPages, nextTurn } from './folders.ts';
import { referrerLink, referrersFolder, revisionLink } from './layout.ts';
import { isThere, removeFile, writeLink } from './links.ts';
import { readStored } from './manifest-document.ts';
import type { StoredManifest } from './stored-manifests.ts';
import { resolveTag } from './tags.ts';

/** A descriptor as the listing shows it. */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export async function addReferrer(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
  referrer: Digest,
): Promise<void> {
  await writeLink(store.driver, referrerLink(name, subject, referrer), referrer);
}

export async function removeReferrer(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
  referrer: Digest,
): Promise<void> {
  await removeFile(store.driver, referrerLink(name, subject, referrer));
}

/**
 * The referrers of `subject` in the order of their digests, those after `last`. Read one after another, so that
 * the caller may stop where its page is full.
 * @param last a digest's text, or ''
 */
export async function* listReferrers(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
  last: string,
): AsyncIterable<Referrer> {
  let looked = 0;
  for await (const digest of digestsAfter(store, name, subject, last)) {
    const referrer = await readReferrer(store, name, subject, digest);
    if (referrer !== undefined) yield referrer;
    looked += 1;
    if (looked % LOOKS_PER_TURN === 0) await nextTurn();
  }
}

/** Referrers looked at between two breaks: half a millisecond's work, where all of them are remembered. */
const LOOKS_PER_TURN = 32;

/** The linked and the tagged ones in one order, each once. */
async function* digestsAfter(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
  last: string,
): AsyncIterable<Digest> {
  const tagged = (await taggedReferrers(store, name, subject)).filter(({ text }) => text > last);
  // The next of them stands last.
  const waiting = [...tagged].sort(byText).reverse();
  for await (const linked of linkedReferrers(store, name, subject, last)) {
    for (let due = takeUpTo(waiting, linked); due !== undefined; due = takeUpTo(waiting, linked)) {
      if (due.text !== linked.text) yield due;
    }
    yield linked;
  }
  yield* waiting.reverse();
}

function byText(one: Digest, other: Digest): number {
  if (one.text === other.text) return 0;
  return one.text < other.text ? -1 : 1;
}

function takeUpTo(waiting: Digest[], end: Digest): Digest | undefined {
  const next = waiting.at(-1);
  return next === undefined || next.text > end.text ? undefined : waiting.pop();
}

const LINKS_PER_PAGE = 128;

async function* linkedReferrers(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
  last: string,
): AsyncIterable<Digest> {
  // The order of the algorithms' names is that of the digests' texts.
  for (const algorithm of DIGEST_ALGORITHMS.toSorted()) {
    const prefix = `${algorithm}:`;
    if (last > prefix && !last.startsWith(prefix)) continue;
    const folder = referrersFolder(name, subject, algorithm);
    const after = last.startsWith(prefix) ? last.slice(prefix.length) : '';
    for await (const hexes of folderPages(store.driver, folder, after, LINKS_PER_PAGE)) {
      yield* hexes.map((hex) => parseDigest(prefix + hex)).filter((digest) => digest !== undefined);
    }
  }
}

/** What the index under the referrers tag lists, if there is one. */
async function taggedReferrers(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
): Promise<readonly Digest[]> {
  const tag = parseTag(`${subject.algorithm}-${subject.hex.slice(0, 64)}`);
  const digest = tag && (await resolveTag(store, name, tag));
  const manifest = digest && (await store.manifests.read(store.driver, digest));
  const document = manifest && readStored(manifest.bytes, store.limits);
  const listed = new Map(document?.manifests.map(({ digest }) => [digest.text, digest]));
  return [...listed.values()];
}

async function readReferrer(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
  digest: Digest,
): Promise<Referrer | undefined> {
  if (!(await isThere(store.driver, revisionLink(name, digest)))) return undefined;
  const manifest = await store.manifests.read(store.driver, digest);
  const claim = manifest && claimOf(manifest, store.limits);
  return claim?.subject?.text === subject.text ? claim.referrer : undefined;
}

interface Claim {
  readonly subject: Digest | undefined;
  readonly referrer: Referrer;
}

/** What manifests say that they refer to, as long as they are remembered themselves: reading JSON takes longest. */
const claims = new WeakMap<StoredManifest, Claim>();

function claimOf(manifest: StoredManifest, limits: Limits): Claim | undefined {
  const known = claims.get(manifest);
  if (known !== undefined) return known;
  const document = readStored(manifest.bytes, limits);
  if (document === undefined) return undefined;
  const { mediaType, artifactType, annotations, subject } = document;
  const referrer = {
    mediaType,
    digest: manifest.digest.text,
    size: manifest.bytes.byteLength,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  };
  claims.set(manifest, { subject, referrer });
  return { subject, referrer };
}
