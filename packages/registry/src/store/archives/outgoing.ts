/**
 * What a tag or digest names, as one download: the file of an artifact, its files in a tar, or an image with all that
 * belongs to it as an archive. The archive is an OCI image layout that also has Docker's manifest.json, so that every
 * `docker load` takes it.
 *
 * image-spec v1.1, image-layout.md; moby, image/spec/v1.2.md.
 */

import type { Content } from '../../drivers/driver.ts';
import { refuse } from '../../errors.ts';
import type { Digest, RepositoryName } from '../../names.ts';
import type { Reference } from '../../path.ts';
import { openBlob } from '../blobs.ts';
import type { StoreContext } from '../context.ts';
import { digestOfBytes } from '../hashing.ts';
import { type Descriptor, OCI_INDEX, parseManifest } from '../manifest-document.ts';
import { isObject, tryParseJson } from '../manifest-json.ts';
import { readManifest } from '../manifests.ts';
import type { StoredManifest } from '../stored-manifests.ts';
import { ArchiveFiles, blobFile, IMAGE_CONFIGS, platformsOf } from './archive-files.ts';
import { TITLE } from './incoming.ts';
import { IMAGE_NAME, REF_NAME } from './layout-entry.ts';
import { TarContent, type TarFile } from './tar-content.ts';

export interface Outgoing {
  readonly content: Content;
  /** What to call it where it is saved: a plain name. */
  readonly fileName: string;
  readonly mediaType: string;
  /** The manifest's. */
  readonly digest: Digest;
  /** The same for the same bytes. */
  readonly tag: string;
}

export interface OutgoingOptions {
  readonly name: RepositoryName;
  readonly reference: Reference;
  /** The registry as its clients write it: what is loaded gets the name that it would be pulled by. */
  readonly host: string | undefined;
  /** `os/architecture`: of an index, only the image for that. */
  readonly platform: string | undefined;
}

const TAR = 'application/x-tar';

/** @throws RegistryError MANIFEST_UNKNOWN, BLOB_UNKNOWN */
export async function openDownload(store: StoreContext, options: OutgoingOptions): Promise<Outgoing> {
  const named = await readManifest(store, options.name, options.reference);
  const { platform } = options;
  const manifest = platform === undefined ? named : await imageFor(store, options.name, named, platform);
  const files = artifactFiles(manifest, store);
  if (files !== undefined) return await artifact(store, options, manifest, files);
  return await archive(store, options, manifest);
}

/** @throws RegistryError MANIFEST_UNKNOWN that names the platforms that there are */
async function imageFor(
  store: StoreContext,
  name: RepositoryName,
  { bytes, mediaType }: StoredManifest,
  platform: string,
): Promise<StoredManifest> {
  const { manifests } = parseManifest(bytes, mediaType, store.limits);
  const platforms = platformsOf(bytes);
  const found = manifests[platforms.indexOf(platform)];
  if (found !== undefined) return await readManifest(store, name, { kind: 'digest', digest: found.digest });
  const there = platforms.length === 0 ? 'this is no index of several' : `there is ${platforms.join(', ')}`;
  throw refuse('MANIFEST_UNKNOWN', {
    message: `there is no image for ${JSON.stringify(platform.slice(0, 100))}: ${there}`,
  });
}

interface ArtifactFile {
  readonly descriptor: Descriptor;
  readonly title: string;
}

/** The files of an artifact whose layers are all called something; undefined for everything else. */
function artifactFiles(
  { bytes, mediaType }: StoredManifest,
  store: StoreContext,
): readonly ArtifactFile[] | undefined {
  const json = tryParseJson(bytes);
  const document = parseManifest(bytes, mediaType, store.limits);
  const [config, ...layers] = document.blobs;
  const listed = Array.isArray(json?.['layers']) ? json['layers'] : [];
  if (config === undefined || IMAGE_CONFIGS.has(config.mediaType) || layers.length === 0) return undefined;
  if (listed.length !== layers.length) return undefined;
  const titles = listed.map((layer: unknown) => titleOf(layer));
  if (new Set(titles).size !== titles.length) return undefined;
  const files = layers.flatMap((descriptor, index) => {
    const title = titles[index];
    return title === undefined ? [] : [{ descriptor, title }];
  });
  return files.length === layers.length ? files : undefined;
}

/** A title that is a path below the folder where it is saved: anybody may have written it. */
const SAFE_TITLE = /^(?!\/)(?!(?:.*\/)?\.\.?(?:\/|$))[^\p{Cc}\\]{1,255}(?<!\/)$/u;

function titleOf(layer: unknown): string | undefined {
  const annotations = isObject(layer) ? layer['annotations'] : undefined;
  const title = isObject(annotations) ? annotations[TITLE] : undefined;
  return typeof title === 'string' && SAFE_TITLE.test(title) ? title : undefined;
}

async function artifact(
  store: StoreContext,
  { name, reference }: OutgoingOptions,
  { digest }: StoredManifest,
  files: readonly ArtifactFile[],
): Promise<Outgoing> {
  const [only, another] = files;
  if (only !== undefined && another === undefined) {
    const content = await openBlob(store, name, only.descriptor.digest);
    const fileName = only.title.split('/').at(-1) ?? only.title;
    return {
      content,
      fileName,
      mediaType: only.descriptor.mediaType,
      digest,
      tag: only.descriptor.digest.text,
    };
  }
  const tarFiles = await Promise.all(
    files.map(({ title, descriptor }) => blobFile(store, name, title, descriptor.digest)),
  );
  const fileName = fileNameOf(name, reference);
  return { content: new TarContent(tarFiles), fileName, mediaType: TAR, digest, tag: digest.text };
}

async function archive(
  store: StoreContext,
  options: OutgoingOptions,
  manifest: StoredManifest,
): Promise<Outgoing> {
  const { name, reference } = options;
  const collected = new ArchiveFiles(store, name);
  await collected.add(manifest);
  const saved = collected.savedImage(repoTagOf(options));
  const documents = [
    documentFile('oci-layout', { imageLayoutVersion: '1.0.0' }),
    documentFile('index.json', indexOf(options, manifest)),
    ...(saved === undefined ? [] : [documentFile('manifest.json', [saved])]),
  ];
  const tag = digestOfBytes(Buffer.concat(documents.map(({ content }) => content)), 'sha256').text;
  const content = new TarContent([...documents, ...collected.files]);
  return { content, fileName: fileNameOf(name, reference), mediaType: TAR, digest: manifest.digest, tag };
}

function documentFile(name: string, value: unknown): TarFile & { readonly content: Buffer } {
  const content = Buffer.from(JSON.stringify(value));
  return { name, sizeBytes: content.byteLength, content };
}

function indexOf(options: OutgoingOptions, { mediaType, digest, bytes }: StoredManifest): object {
  const repoTag = repoTagOf(options);
  const names = repoTag !== undefined &&
    options.reference.kind === 'tag' && {
      annotations: { [IMAGE_NAME]: repoTag, [REF_NAME]: options.reference.tag },
    };
  const manifests = [{ mediaType, digest: digest.text, size: bytes.byteLength, ...names }];
  return { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
}

/** `HOST/NAME:TAG`; undefined for what was asked for by its digest. */
function repoTagOf({ name, reference, host }: OutgoingOptions): string | undefined {
  if (reference.kind === 'digest') return undefined;
  return host === undefined ? `${name}:${reference.tag}` : `${host}/${name}:${reference.tag}`;
}

function fileNameOf(name: RepositoryName, reference: Reference): string {
  const end = reference.kind === 'tag' ? reference.tag : reference.digest.hex;
  return `${name.replaceAll('/', '-')}-${end}.tar`;
}
