/**
 * Referrers: the manifests of a repository that name another as their subject, whether that one is there or not.
 *
 * A link for each, written before the manifest itself is there and believed only when it is. What clients kept
 * in an index under the referrers tag, on registries that had no such listing, is listed as well.
 *
 * distribution-spec v1.1.1, "Listing Referrers", "Referrers Tag Schema", "Enabling the Referrers API".
 */

import { DIGEST_ALGORITHMS, type Digest, digestOf, parseTag, type RepositoryName } from '../names.ts';
import type { StoreContext } from './context.ts';
import { referrerLink, referrersFolder, revisionLink } from './layout.ts';
import { isThere, removeFile, writeLink } from './links.ts';
import { readStored } from './manifest-document.ts';
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
  const linked = await linkedReferrers(store, name, subject);
  const tagged = await taggedReferrers(store, name, subject);
  const digests = new Map([...linked, ...tagged].map((digest) => [digest.text, digest]));
  for (const text of [...digests.keys()].sort()) {
    const digest = digests.get(text);
    if (digest === undefined || text <= last) continue;
    const referrer = await readReferrer(store, name, subject, digest);
    if (referrer !== undefined) yield referrer;
  }
}

async function linkedReferrers(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
): Promise<Digest[]> {
  const found: Digest[] = [];
  for (const algorithm of DIGEST_ALGORITHMS) {
    const folder = referrersFolder(name, subject, algorithm);
    for (const hex of await store.driver.list(folder, '', Number.POSITIVE_INFINITY)) {
      found.push(digestOf(algorithm, hex));
    }
  }
  return found;
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
  return document?.manifests.map((item) => item.digest) ?? [];
}

async function readReferrer(
  store: StoreContext,
  name: RepositoryName,
  subject: Digest,
  digest: Digest,
): Promise<Referrer | undefined> {
  if (!(await isThere(store.driver, revisionLink(name, digest)))) return undefined;
  const manifest = await store.manifests.read(store.driver, digest);
  const document = manifest && readStored(manifest.bytes, store.limits);
  if (document === undefined || document.subject?.text !== subject.text) return undefined;
  return {
    mediaType: document.mediaType,
    digest: digest.text,
    size: manifest?.bytes.byteLength ?? 0,
    ...(document.artifactType !== undefined && { artifactType: document.artifactType }),
    ...(document.annotations !== undefined && { annotations: document.annotations }),
  };
}
