/** Which of the entries of a layout's index.json is meant. Pure. */

import { invalidArchive } from '../../archives/archive-errors.ts';
import type { Limits } from '../../limits.ts';
import type { RepositoryName, Tag } from '../../names.ts';
import { type Descriptor, OCI_INDEX, parseManifest } from '../manifest-document.ts';
import { isObject, tryParseJson } from '../manifest-json.ts';

/** image-spec: the tag, or what the program that wrote it takes for a name. */
export const REF_NAME = 'org.opencontainers.image.ref.name';
/** containerd's, and so docker's: the whole reference. */
export const IMAGE_NAME = 'io.containerd.image.name';

interface Entry {
  readonly descriptor: Descriptor;
  /** What it is called, if anything. */
  readonly names: readonly string[];
  readonly hasPlatform: boolean;
}

interface Asked {
  readonly store: { readonly limits: Limits };
  readonly name: RepositoryName;
  readonly tag: Tag;
}

/**
 * The one entry; or, of several, the one with the name that it is uploaded under, or the only one with a name; `all`
 * where the index.json is itself the index of the platforms of one image.
 * @throws RegistryError BLOB_UPLOAD_INVALID, MANIFEST_INVALID
 */
export function chooseEntry(indexBytes: Buffer, { store, name, tag }: Asked): Descriptor | 'all' {
  const entries = distinct(readEntries(indexBytes, store.limits));
  const [first] = entries;
  if (first === undefined) throw invalidArchive('its index.json lists nothing');
  if (entries.length === 1) return first.descriptor;
  const named = entries.filter(({ names }) => names.length > 0);
  const asked = bestNamed(named, name, tag);
  if (asked !== undefined) return asked.descriptor;
  const [onlyNamed] = named;
  if (onlyNamed !== undefined && named.length === 1) return onlyNamed.descriptor;
  if (
    entries.every(({ hasPlatform }) => hasPlatform) &&
    new Set(named.flatMap(({ names }) => names)).size <= 1
  )
    return 'all';
  throw severalImages(
    named.flatMap(({ names }) => names.slice(0, 1)),
    entries.length,
    tag,
  );
}

/** @param names of those that have one */
export function severalImages(names: readonly string[], count: number, tag: Tag): Error {
  const shown = names.length === 0 ? 'none of them has a name' : names.slice(0, 10).join(', ');
  return invalidArchive(
    `it holds ${count} images (${shown}), and none is called ${tag}; save one image, or give one that tag`,
  );
}

/** Where several carry the tag, the one whose repository is the same as well. */
function bestNamed(named: readonly Entry[], name: string, tag: string): Entry | undefined {
  const withTag = named.filter(({ names }) => names.some((each) => each === tag || each.endsWith(`:${tag}`)));
  if (withTag.length <= 1) return withTag[0];
  const same = withTag.filter(({ names }) => names.some((each) => isNamed(each, name, tag)));
  return same.length === 1 ? same[0] : undefined;
}

/** Whether `HOST/NAME:TAG` or `NAME:TAG` names that repository and tag. */
export function isNamed(reference: string, name: string, tag: string): boolean {
  return reference === `${name}:${tag}` || reference.endsWith(`/${name}:${tag}`);
}

function readEntries(indexBytes: Buffer, limits: Limits): readonly Entry[] {
  const { manifests } = parseManifest(indexBytes, OCI_INDEX, limits);
  const listed = tryParseJson(indexBytes)?.['manifests'];
  return manifests.map((descriptor, index) => {
    const item: unknown = Array.isArray(listed) ? listed[index] : undefined;
    const annotations = isObject(item) && isObject(item['annotations']) ? item['annotations'] : {};
    const names = [annotations[IMAGE_NAME], annotations[REF_NAME]].filter((each) => typeof each === 'string');
    return { descriptor, names, hasPlatform: isObject(item) && isObject(item['platform']) };
  });
}

/** An image that was saved under several names is listed once for each. */
function distinct(entries: readonly Entry[]): readonly Entry[] {
  const byDigest = new Map<string, Entry>();
  for (const entry of entries) {
    const key = entry.descriptor.digest.text;
    const names = [...(byDigest.get(key)?.names ?? []), ...entry.names];
    byDigest.set(key, { ...entry, names });
  }
  return [...byDigest.values()];
}
