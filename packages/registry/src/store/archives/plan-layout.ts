/**
 * From an image layout to a plan. Its index.json names what is to be taken; every manifest below that, and each
 * blob that one refers to, is looked at before any is kept.
 *
 * image-spec v1.1, image-layout.md and image-index.md.
 */

import { invalidArchive, shownName } from '../../archives/archive-errors.ts';
import { refuse } from '../../errors.ts';
import { hasBlob } from '../blobs.ts';
import { revisionLink } from '../layout.ts';
import { isThere } from '../links.ts';
import { type Descriptor, isManifestType, OCI_INDEX, parseManifest } from '../manifest-document.ts';
import { isObject, tryParseJson } from '../manifest-json.ts';
import { mustBeThere } from '../manifest-validation.ts';
import { type ImagePlan, madeManifest, type PlannedManifest, type Planning } from './image-plan.ts';
import { chooseEntry } from './layout-entry.ts';
import type { StagedFile } from './staging.ts';

/** An index of indexes is usual where attestations are; more is an attack. */
const MAX_DEPTH = 4;

/** @throws RegistryError BLOB_UPLOAD_INVALID, MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, SIZE_INVALID */
export async function planLayout(planning: Planning, indexBytes: Buffer): Promise<ImagePlan> {
  const chosen = chooseEntry(indexBytes, planning);
  const collected = new Collected(planning);
  if (chosen === 'all') await collected.addWhole(indexBytes);
  else await collected.add(chosen, 0);
  return collected.plan();
}

class Collected {
  readonly #planning: Planning;
  readonly #blobs = new Map<string, StagedFile>();
  readonly #manifests = new Map<string, PlannedManifest>();
  #descriptors = 0;

  constructor(planning: Planning) {
    this.#planning = planning;
  }

  plan(): ImagePlan {
    const both = [...this.#manifests.keys()].find((digest) => this.#blobs.has(digest));
    if (both !== undefined) throw invalidArchive(`${both} is named as a manifest and as a blob`);
    return { blobs: this.#blobs, manifests: [...this.#manifests.values()] };
  }

  /** The manifest that the descriptor names, and all that it needs, before it. */
  async add(descriptor: Descriptor, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw invalidArchive(`its indexes nest deeper than ${MAX_DEPTH}`);
    const { entries, staging } = this.#planning;
    const { digest, mediaType } = descriptor;
    const file = entries.blob(digest);
    if (file === undefined) throw missing(descriptor);
    checkSize(descriptor, file);
    if (this.#manifests.has(digest.text)) return;
    const read = (): Promise<Buffer> => staging.read(file, `the manifest ${digest.text}`);
    const bytes = await read();
    const planned = { digest, mediaType, sizeBytes: file.sizeBytes, bytes: read };
    if (isIndex(bytes, mediaType)) await this.#addIndex(bytes, planned, depth);
    else await this.#addImage(bytes, planned);
  }

  /** The layout's own index.json, which has no name. */
  async addWhole(indexBytes: Buffer): Promise<void> {
    await this.#addIndex(indexBytes, madeManifest(OCI_INDEX, indexBytes), 0);
  }

  async #addIndex(bytes: Buffer, planned: PlannedManifest, depth: number): Promise<void> {
    const { limits, validation } = this.#planning.store;
    const document = parseManifest(bytes, planned.mediaType, limits);
    this.#count(document.manifests.length);
    const there: Descriptor[] = [];
    for (const item of document.manifests) if (await this.#addListed(item, depth + 1)) there.push(item);
    const isWhole = document.manifests.every(
      (item) => there.includes(item) || !mustBeThere(validation, item),
    );
    if (isWhole) this.#keep(planned);
    else if (depth === 0) this.#keepWhatIsThere(bytes, planned.mediaType, there);
    else
      throw invalidArchive(
        `the index ${planned.digest.text} lists what is neither in it nor in the repository`,
      );
  }

  /** False for what is neither in the archive nor in the repository. */
  async #addListed(item: Descriptor, depth: number): Promise<boolean> {
    const { entries, store, name } = this.#planning;
    const file = entries.blob(item.digest);
    if (file === undefined) {
      return (
        (await isThere(store.driver, revisionLink(name, item.digest))) ||
        (await hasBlob(store, name, item.digest))
      );
    }
    // Build caches list their layers in an index.
    if (isManifestType(item.mediaType)) await this.add(item, depth);
    else this.#addBlob(item, file);
    return true;
  }

  /**
   * An engine that pulled an image for its own platform saves that, and an index that still lists all. As in a push of
   * it, the image goes alone, and the index with what there is where there are several.
   */
  #keepWhatIsThere(bytes: Buffer, mediaType: string, there: readonly Descriptor[]): void {
    const [only] = there;
    if (only === undefined) throw invalidArchive('it holds none of the images that its index lists');
    if (there.length === 1) {
      this.#last(only);
      return;
    }
    const json = tryParseJson(bytes) ?? {};
    const digests = new Set(there.map(({ digest }) => digest.text));
    const listed = Array.isArray(json['manifests']) ? json['manifests'] : [];
    const manifests = listed.filter((item) => isObject(item) && digests.has(String(item['digest'])));
    const smaller = Buffer.from(JSON.stringify({ ...json, manifests }));
    this.#keep(madeManifest(mediaType, smaller));
  }

  /** What is kept last gets the tag. */
  #last({ digest }: Descriptor): void {
    const manifest = this.#manifests.get(digest.text);
    if (manifest === undefined) throw invalidArchive('it holds none of the images that its index lists');
    this.#manifests.delete(digest.text);
    this.#keep(manifest);
  }

  async #addImage(bytes: Buffer, planned: PlannedManifest): Promise<void> {
    const { entries, store, name } = this.#planning;
    const document = parseManifest(bytes, planned.mediaType, store.limits);
    this.#count(document.blobs.length);
    for (const blob of document.blobs) {
      const file = entries.blob(blob.digest);
      if (file !== undefined) this.#addBlob(blob, file);
      else if (!(await hasBlob(store, name, blob.digest))) throw missing(blob);
    }
    this.#keep(planned);
  }

  #addBlob(descriptor: Descriptor, file: StagedFile): void {
    checkSize(descriptor, file);
    this.#blobs.set(file.digest.text, file);
  }

  #keep(manifest: PlannedManifest): void {
    this.#manifests.set(manifest.digest.text, manifest);
  }

  #count(descriptors: number): void {
    this.#descriptors += descriptors;
    const limit = this.#planning.store.limits.manifestDescriptors;
    if (this.#descriptors > limit)
      throw invalidArchive(`its manifests have more than ${limit} descriptors together`);
  }
}

function isIndex(bytes: Buffer, mediaType: string): boolean {
  const json = tryParseJson(bytes);
  return json === undefined ? /index|list/.test(mediaType) : 'manifests' in json;
}

function checkSize({ digest, sizeBytes, where }: Descriptor, file: StagedFile): void {
  if (file.sizeBytes === sizeBytes) return;
  throw refuse('SIZE_INVALID', {
    message: `this archive can't be taken: ${where} says that ${digest.text} has ${sizeBytes} bytes; it has ${file.sizeBytes}`,
    detail: { digest: digest.text, wantedBytes: sizeBytes, receivedBytes: file.sizeBytes },
  });
}

function missing({ digest, where }: Descriptor): Error {
  return refuse('MANIFEST_BLOB_UNKNOWN', {
    message: `this archive can't be taken: ${where} is ${shownName(digest.text)}, which is neither in it nor in the repository`,
    detail: [{ where, digest: digest.text }],
  });
}
