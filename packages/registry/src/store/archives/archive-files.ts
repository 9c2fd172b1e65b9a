/** All that belongs to a manifest, as the files of an archive: itself, what it lists, and their blobs. */

import type { Content } from '../../drivers/driver.ts';
import type { Digest, RepositoryName } from '../../names.ts';
import { blobSizeBytes, openBlob } from '../blobs.ts';
import type { StoreContext } from '../context.ts';
import { blobData, revisionLink } from '../layout.ts';
import { isThere } from '../links.ts';
import { isManifestType, parseManifest } from '../manifest-document.ts';
import { isObject, tryParseJson } from '../manifest-json.ts';
import type { StoredManifest } from '../stored-manifests.ts';
import type { TarFile } from './tar-content.ts';

export const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** What Docker's manifest.json says of an image. */
export interface SavedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** Docker's manifest.json knows no platforms: of several images, most machines can run this one. */
const USUAL_PLATFORM = 'linux/amd64';

interface FoundImage {
  readonly platform: string;
  readonly saved: SavedImage;
}

export class ArchiveFiles {
  readonly #store: StoreContext;
  readonly #name: RepositoryName;
  readonly #files = new Map<string, TarFile>();
  readonly #images: FoundImage[] = [];

  constructor(store: StoreContext, name: RepositoryName) {
    this.#store = store;
    this.#name = name;
  }

  /** In the order of the documents that name them. */
  get files(): readonly TarFile[] {
    return [...this.#files.values()];
  }

  /** The image that Docker's manifest.json names, if there is one. */
  savedImage(repoTag: string | undefined): SavedImage | undefined {
    const usual = this.#images.find(({ platform }) => platform === USUAL_PLATFORM) ?? this.#images[0];
    return usual && { ...usual.saved, RepoTags: repoTag === undefined ? null : [repoTag] };
  }

  /** Adds the manifest and all below it; what an index lists and isn't there is left out. @throws RegistryError BLOB_UNKNOWN */
  async add(manifest: StoredManifest, platform = ''): Promise<void> {
    const { digest, bytes, mediaType } = manifest;
    const path = blobPath(digest);
    if (this.#files.has(path)) return;
    const content = (): Promise<Content> => this.#store.driver.open(blobData(digest));
    this.#files.set(path, { name: path, sizeBytes: bytes.byteLength, content });
    const document = parseManifest(bytes, mediaType, this.#store.limits);
    const [config, ...layers] = document.blobs;
    for (const blob of document.blobs) await this.#addBlob(blob.digest);
    if (config !== undefined && IMAGE_CONFIGS.has(config.mediaType) && hasAllLayers(bytes, layers.length)) {
      const saved = {
        Config: blobPath(config.digest),
        RepoTags: null,
        Layers: layers.map((layer) => blobPath(layer.digest)),
      };
      this.#images.push({ platform, saved });
    }
    const platforms = platformsOf(bytes);
    for (const [index, item] of document.manifests.entries())
      await this.#addListed(item.digest, item.mediaType, platforms[index] ?? '');
  }

  async #addListed(digest: Digest, mediaType: string, platform: string): Promise<void> {
    if (!isManifestType(mediaType)) {
      await this.#addBlob(digest);
      return;
    }
    const { driver, manifests } = this.#store;
    const isOurs = await isThere(driver, revisionLink(this.#name, digest));
    const manifest = isOurs ? await manifests.read(driver, digest) : undefined;
    if (manifest !== undefined) await this.add(manifest, platform);
  }

  async #addBlob(digest: Digest): Promise<void> {
    const path = blobPath(digest);
    if (!this.#files.has(path)) this.#files.set(path, await blobFile(this.#store, this.#name, path, digest));
  }
}

/** A blob of the repository as a file of that name. @throws RegistryError BLOB_UNKNOWN */
export async function blobFile(
  store: StoreContext,
  name: RepositoryName,
  fileName: string,
  digest: Digest,
): Promise<TarFile> {
  const sizeBytes = await blobSizeBytes(store, name, digest);
  return { name: fileName, sizeBytes, content: () => openBlob(store, name, digest) };
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.algorithm}/${digest.hex}`;
}

/** False where some are kept elsewhere, by whoever may distribute them. */
function hasAllLayers(bytes: Buffer, count: number): boolean {
  const layers = tryParseJson(bytes)?.['layers'];
  return Array.isArray(layers) && layers.length === count;
}

/** `os/architecture` of each entry of an index. */
export function platformsOf(bytes: Buffer): readonly string[] {
  const listed = tryParseJson(bytes)?.['manifests'];
  return Array.isArray(listed) ? listed.map(platformOf) : [];
}

function platformOf(entry: unknown): string {
  const platform = isObject(entry) && isObject(entry['platform']) ? entry['platform'] : {};
  return `${platform['os']}/${platform['architecture']}`;
}
