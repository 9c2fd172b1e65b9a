/**
 * From an archive in Docker's own form to a plan: a manifest.json names config and layers, and the manifest that a
 * push would have had is made of them. Layers stay as they came, mostly plain tars: what their image calls them
 * (`diff_ids`) is checked, so that whoever pulls it finds what its config promises.
 *
 * moby, image/spec/v1.2.md; Docker image manifest v2 schema 2.
 */

import { createHash } from 'node:crypto';
import { invalidArchive, shownName } from '../../archives/archive-errors.ts';
import { type Compression, compressionOf, unpacked } from '../../archives/compression.ts';
import { safeName } from '../../archives/entry-name.ts';
import { refuse } from '../../errors.ts';
import type { ManifestType } from '../manifest-document.ts';
import { isAbsent, isObject, type Json } from '../manifest-json.ts';
import { type ImagePlan, madeManifest, type Planning } from './image-plan.ts';
import { isNamed, severalImages } from './layout-entry.ts';
import type { StagedFile } from './staging.ts';

const MANIFEST: ManifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYERS: Readonly<Record<Compression, string>> = {
  none: 'application/vnd.docker.image.rootfs.diff.tar',
  gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
};

interface SavedImage {
  readonly config: string;
  readonly layers: readonly string[];
  readonly names: readonly string[];
}

/** @throws RegistryError BLOB_UPLOAD_INVALID, MANIFEST_INVALID (413), DIGEST_INVALID */
export async function planDocker(planning: Planning, manifestJson: Buffer): Promise<ImagePlan> {
  const saved = chooseImage(readSaved(manifestJson), planning);
  const { manifestDescriptors } = planning.store.limits;
  if (saved.layers.length > manifestDescriptors) {
    throw invalidArchive(
      `its manifest.json names ${saved.layers.length} layers; allowed: ${manifestDescriptors}`,
    );
  }
  const config = fileOf(planning, saved.config);
  const layers = saved.layers.map((name) => fileOf(planning, name));
  await checkLayers(planning, saved, config, layers);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptorOf(config, CONFIG),
      layers: layers.map((layer) => descriptorOf(layer, LAYERS[compressionOf(layer.beginning)])),
    }),
  );
  return {
    blobs: new Map([config, ...layers].map((file) => [file.digest.text, file])),
    manifests: [madeManifest(MANIFEST, bytes)],
  };
}

function fileOf({ entries }: Planning, name: string): StagedFile {
  const file = entries.find(safeName(name));
  if (file !== undefined) return file;
  throw invalidArchive(`its manifest.json names ${shownName(name)}, which is not in it`);
}

function descriptorOf({ digest, sizeBytes }: StagedFile, mediaType: string): object {
  return { mediaType, size: sizeBytes, digest: digest.text };
}

/** The one image, or of several the one with the name that it is uploaded under. */
function chooseImage(images: readonly SavedImage[], { name, tag }: Planning): SavedImage {
  const [first] = images;
  if (first === undefined) throw invalidArchive('its manifest.json lists nothing');
  if (images.length === 1) return first;
  const withTag = images.filter(({ names }) => names.some((each) => each.endsWith(`:${tag}`)));
  const same = withTag.filter(({ names }) => names.some((each) => isNamed(each, name, tag)));
  const [only, another] = withTag.length === 1 ? withTag : same;
  if (only !== undefined && another === undefined) return only;
  throw severalImages(
    images.flatMap(({ names }) => names.slice(0, 1)),
    images.length,
    tag,
  );
}

function readSaved(bytes: Buffer): readonly SavedImage[] {
  const list = jsonOf(bytes, 'manifest.json');
  if (!Array.isArray(list)) throw invalidArchive('its manifest.json is not a list of images');
  return list.map((item: unknown, index) => {
    const {
      Config: config,
      Layers: layers,
      RepoTags: tags,
    } = (isObject(item) ? item : {}) as Json & {
      Config?: unknown;
      Layers?: unknown;
      RepoTags?: unknown;
    };
    const names = isAbsent(tags) ? [] : tags;
    if (typeof config === 'string' && isTexts(layers ?? []) && isTexts(names))
      return { config, layers: textsOf(layers ?? []), names: textsOf(names) };
    throw invalidArchive(
      `entry ${index} of its manifest.json lacks Config, Layers or RepoTags as docker writes them`,
    );
  });
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function jsonOf(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidArchive(`${shownName(name)} is not JSON in UTF-8`);
  }
}

/** @throws RegistryError DIGEST_INVALID where a layer is not the one that the config says */
async function checkLayers(
  planning: Planning,
  saved: SavedImage,
  config: StagedFile,
  layers: readonly StagedFile[],
): Promise<void> {
  const diffIds = diffIdsOf(await planning.staging.read(config, saved.config), saved.config);
  if (diffIds.length !== layers.length) {
    throw invalidArchive(`its config names ${diffIds.length} layers, its manifest.json ${layers.length}`);
  }
  for (const [index, layer] of layers.entries()) {
    const actual = await diffIdOf(planning, layer);
    if (actual === diffIds[index]) continue;
    throw refuse('DIGEST_INVALID', {
      message: `this archive can't be taken: the layer ${shownName(saved.layers[index] ?? '')} has the digest ${actual}; its config says ${shownName(diffIds[index] ?? '')}`,
      detail: { wanted: diffIds[index], received: actual },
    });
  }
}

function diffIdsOf(bytes: Buffer, name: string): readonly string[] {
  const config = jsonOf(bytes, name);
  const rootfs = isObject(config) ? config['rootfs'] : undefined;
  // Go leaves out, or writes as null, a list that is empty.
  const diffIds = isObject(rootfs) ? (rootfs['diff_ids'] ?? []) : undefined;
  if (isTexts(diffIds)) return textsOf(diffIds);
  throw invalidArchive(`the config ${shownName(name)} has no rootfs.diff_ids`);
}

/** The digest of a layer's plain tar. */
async function diffIdOf({ staging, store }: Planning, layer: StagedFile): Promise<string> {
  const compression = compressionOf(layer.beginning);
  if (compression === 'none') return layer.digest.text;
  const hash = createHash('sha256');
  for await (const chunks of unpacked(staging.bytes(layer), compression, store.limits))
    for (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
