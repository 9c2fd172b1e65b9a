/**
 * The content of images: files drawn at random, and the same as an OCI image layout, so that what a client pulls
 * can be compared with what was pushed. image-spec v1.1, "Image Layout".
 */
import { createHash, randomFillSync } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Place } from './place.ts';

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/** An image before any client has seen it: one file to a layer. */
export interface Image {
  /** Holds `files/` and a Dockerfile that makes the image from scratch. */
  readonly folder: string;
  readonly files: readonly ImageFile[];
}

export interface ImageFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

const MEDIA = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** Draws an image with one layer for each size; the bytes can't be compressed. */
export async function makeImage(place: Place, name: string, sizesBytes: readonly number[]): Promise<Image> {
  const folder = place.dir('images', name);
  mkdirSync(join(folder, 'files'));
  const files: ImageFile[] = [];
  for (const [index, sizeBytes] of sizesBytes.entries()) {
    const file = `${name}-${index}`;
    writeRandomFile(join(folder, 'files', file), sizeBytes);
    files.push({ name: file, sizeBytes, sha256: await sha256Of(join(folder, 'files', file)) });
  }
  const copies = files.map((file) => `COPY files/${file.name} /${file.name}\n`).join('');
  writeFileSync(join(folder, 'Dockerfile'), `FROM scratch\n${copies}`);
  return { folder, files };
}

/** Fails unless the folder holds each file of the image with the content it was made with. */
export async function expectFiles(folder: string, image: Image): Promise<void> {
  for (const file of image.files) {
    const found = await sha256Of(join(folder, file.name));
    if (found !== file.sha256)
      throw new Error(`${file.name} came back with another content: ${found}, not ${file.sha256}`);
  }
}

/** The image as an image layout in a new folder of the place. */
export async function layoutOf(place: Place, image: Image, architecture = 'amd64'): Promise<string> {
  const layout = newLayout(place);
  const manifest = await addImage(place, layout, image, architecture);
  writeLayout(layout, [manifest]);
  return layout;
}

/** An image layout whose only entry is an index with one image for each architecture. */
export async function indexLayoutOf(place: Place, images: Readonly<Record<string, Image>>): Promise<string> {
  const layout = newLayout(place);
  const manifests = await addPlatforms(place, layout, images);
  writeLayout(layout, [
    addJson(layout, MEDIA.index, { schemaVersion: 2, mediaType: MEDIA.index, manifests }),
  ]);
  return layout;
}

/** An image layout that is itself the index of the images, for clients that push a layout's own index. */
export async function flatIndexLayoutOf(
  place: Place,
  images: Readonly<Record<string, Image>>,
): Promise<string> {
  const layout = newLayout(place);
  writeLayout(layout, await addPlatforms(place, layout, images));
  return layout;
}

/** An image layout with an artifact whose subject is the manifest of that digest and size. */
export function artifactLayoutOf(
  place: Place,
  subject: { digest: string; size: number },
  artifactType: string,
): string {
  const layout = newLayout(place);
  const empty = addJson(layout, MEDIA.empty, {});
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    artifactType,
    config: empty,
    layers: [empty],
    subject: { mediaType: MEDIA.manifest, ...subject },
  };
  writeLayout(layout, [{ ...addJson(layout, MEDIA.manifest, manifest), artifactType }]);
  return layout;
}

/** What a layout's index lists first: the image that it was made for, or that a client pulled into it. */
export function entryOf(layout: string): { readonly digest: string } {
  const [entry] = readJson<{ manifests: readonly Descriptor[] }>(join(layout, 'index.json')).manifests;
  if (entry === undefined) throw new Error(`the image layout in ${layout} lists nothing`);
  return entry;
}

/** Unpacks the layers of the layout's image into the folder. */
export async function unpackLayout(place: Place, layout: string, folder: string): Promise<void> {
  const blob = ({ digest }: { digest: string }) => join(layout, 'blobs', ...digest.split(':'));
  const { layers } = readJson<{ layers: readonly Descriptor[] }>(blob(entryOf(layout)));
  for (const layer of layers) await place.run('tar', ['-xf', blob(layer), '-C', folder]);
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function addPlatforms(
  place: Place,
  layout: string,
  images: Readonly<Record<string, Image>>,
): Promise<readonly Descriptor[]> {
  const manifests: Descriptor[] = [];
  for (const [architecture, image] of Object.entries(images)) {
    const manifest = await addImage(place, layout, image, architecture);
    manifests.push({ ...manifest, platform: { os: 'linux', architecture } });
  }
  return manifests;
}

async function addImage(
  place: Place,
  layout: string,
  image: Image,
  architecture: string,
): Promise<Descriptor> {
  const layers: Descriptor[] = [];
  for (const file of image.files) layers.push(await addLayer(place, layout, image, file));
  const config = addJson(layout, MEDIA.config, {
    os: 'linux',
    architecture,
    config: { Cmd: ['/none'] },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  });
  return addJson(layout, MEDIA.manifest, { schemaVersion: 2, mediaType: MEDIA.manifest, config, layers });
}

async function addLayer(place: Place, layout: string, image: Image, file: ImageFile): Promise<Descriptor> {
  const partial = join(layout, 'layer.partial');
  await place.run('tar', [
    '--format=ustar',
    '--mtime=@0',
    '-cf',
    partial,
    '-C',
    join(image.folder, 'files'),
    file.name,
  ]);
  const hex = await sha256Of(partial);
  const size = statSync(partial).size;
  renameSync(partial, join(layout, 'blobs', 'sha256', hex));
  return { mediaType: MEDIA.layer, digest: `sha256:${hex}`, size };
}

function addJson(layout: string, mediaType: string, value: unknown): Descriptor {
  const text = JSON.stringify(value);
  const hex = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(layout, 'blobs', 'sha256', hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function newLayout(place: Place): string {
  const layout = place.dir('layouts', String(readdirSync(place.dir('layouts')).length));
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  return layout;
}

function writeLayout(layout: string, manifests: readonly Descriptor[]): void {
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.index, manifests }),
  );
  rmSync(join(layout, 'layer.partial'), { force: true });
}

function writeRandomFile(file: string, sizeBytes: number): void {
  const chunk = Buffer.allocUnsafe(Math.min(sizeBytes, 4 * MIB));
  const handle = openSync(file, 'w', 0o644);
  try {
    for (let written = 0; written < sizeBytes; written += chunk.length) {
      writeSync(handle, randomFillSync(chunk), 0, Math.min(chunk.length, sizeBytes - written));
    }
  } finally {
    closeSync(handle);
  }
}
