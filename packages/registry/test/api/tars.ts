/** Tars and image archives made for the tests, also such as no program would write. */

import { createHash } from 'node:crypto';
import type { Client, Reply } from './api.ts';
import {
  blobOf,
  type Content,
  descriptorOf,
  documentOf,
  OCI_CONFIG,
  OCI_IMAGE,
  OCI_LAYER,
} from './content.ts';

export interface TarItem {
  readonly name: string;
  readonly bytes?: Uint8Array | string;
  /** The letter of its type; a file if left out. */
  readonly type?: string;
  readonly linkName?: string;
  /** What the header says instead of the truth. */
  readonly sizeBytes?: number;
  readonly prefix?: string;
}

const BLOCK = 512;

/** Ends with two blocks of zeros, unless told otherwise. */
export function tarOf(items: readonly TarItem[], end: Uint8Array = Buffer.alloc(2 * BLOCK)): Buffer {
  return Buffer.concat([...items.flatMap(partsOf), end]);
}

function partsOf(item: TarItem): Buffer[] {
  const bytes = Buffer.from(item.bytes ?? '');
  return [
    headerOf(item, bytes.byteLength),
    bytes,
    Buffer.alloc((BLOCK - (bytes.byteLength % BLOCK)) % BLOCK),
  ];
}

function headerOf(
  { name, type = '0', linkName = '', sizeBytes, prefix = '' }: TarItem,
  actualBytes: number,
): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${(sizeBytes ?? actualBytes).toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(linkName, 157);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** What is in a tar of plain ustar headers, and pax ones for long names. */
export function untar(tar: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  let longName: string | undefined;
  for (let at = 0; tar[at] !== 0; ) {
    const name = textOf(tar.subarray(at, at + 100));
    const sizeBytes = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const bytes = tar.subarray(at + BLOCK, at + BLOCK + sizeBytes);
    const isPax = tar.toString('latin1', at + 156, at + 157) === 'x';
    if (isPax) longName = /path=(.*)\n/.exec(bytes.toString())?.[1];
    else {
      files.set(longName ?? name, bytes);
      longName = undefined;
    }
    at += BLOCK + Math.ceil(sizeBytes / BLOCK) * BLOCK;
  }
  return files;
}

function textOf(field: Buffer): string {
  return field.toString('utf8').replace(/\0.*$/s, '');
}

export function hexOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A layer: a tar with one file of that content. */
export function layerOf(text: string): Content {
  return blobOf(tarOf([{ name: 'file', bytes: text }]));
}

/** A config whose image has these layers, as plain tars. */
export function configOf(layers: readonly Content[], more: object = {}): Content {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  return documentOf({ os: 'linux', architecture: 'amd64', rootfs, ...more });
}

export function blobItem(content: Content): TarItem {
  return { name: `blobs/sha256/${hexOf(content.bytes)}`, bytes: content.bytes };
}

/** An image as a layout holds it. */
export interface LayoutImage {
  readonly manifest: Content;
  readonly config: Content;
  readonly layers: readonly Content[];
}

export function layoutImage(texts: readonly string[], more: object = {}): LayoutImage {
  const layers = texts.map(layerOf);
  const config = configOf(layers, more);
  const manifest = documentOf({
    schemaVersion: 2,
    mediaType: OCI_IMAGE,
    config: descriptorOf(config, OCI_CONFIG),
    layers: layers.map((layer) => descriptorOf(layer, OCI_LAYER)),
  });
  return { manifest, config, layers };
}

export function itemsOf({ manifest, config, layers }: LayoutImage): readonly TarItem[] {
  return [manifest, config, ...layers].map(blobItem);
}

/** The files of a layout whose index.json has these entries. */
export function layoutOf(entries: readonly object[], blobs: readonly TarItem[]): readonly TarItem[] {
  const index = documentOf({ schemaVersion: 2, manifests: entries });
  return [
    { name: 'oci-layout', bytes: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', bytes: index.bytes },
    ...blobs,
  ];
}

/** The layout of one image, as skopeo and buildah write it. */
export function layoutItems(image: LayoutImage, annotations?: object): readonly TarItem[] {
  const entry = { ...descriptorOf(image.manifest, OCI_IMAGE), ...(annotations && { annotations }) };
  return layoutOf([entry], itemsOf(image));
}

/** What Docker wrote up to version 24: the links are of layers that are the same. */
export function dockerItems(
  layers: readonly Content[],
  repoTags: readonly string[] = ['app:1'],
): readonly TarItem[] {
  const config = configOf(layers);
  const folders = layers.map(({ digest }, index) => hexOf(Buffer.from(`${index} ${digest}`)));
  const files = layers.flatMap((layer, index): TarItem[] => {
    const folder = folders[index] ?? '';
    const first = layers.findIndex(({ digest }) => digest === layer.digest);
    const content: TarItem =
      first === index
        ? { name: `${folder}/layer.tar`, bytes: layer.bytes }
        : { name: `${folder}/layer.tar`, type: '2', linkName: `../${folders[first]}/layer.tar` };
    return [
      { name: `${folder}/`, type: '5' },
      { name: `${folder}/VERSION`, bytes: '1.0' },
      { name: `${folder}/json`, bytes: '{}' },
      content,
    ];
  });
  const manifest = [
    {
      Config: `${hexOf(config.bytes)}.json`,
      RepoTags: repoTags,
      Layers: folders.map((each) => `${each}/layer.tar`),
    },
  ];
  return [
    ...files,
    { name: `${hexOf(config.bytes)}.json`, bytes: config.bytes },
    { name: 'manifest.json', bytes: JSON.stringify(manifest) },
    { name: 'repositories', bytes: '{}' },
  ];
}

export interface FormFile {
  readonly fileName: string;
  readonly bytes: Uint8Array | string;
  readonly type?: string;
}

const BOUNDARY = '------------------------b3f2c1d0e9a8';

/** A form as curl writes it. */
export function formOf(
  files: readonly FormFile[],
  fields: readonly (readonly [string, string])[] = [],
): Buffer {
  const parts = [
    ...fields.map(([name, value]) => partOf(`name="${name}"`, '', value)),
    ...files.map(({ fileName, bytes, type = 'application/octet-stream' }) =>
      partOf(`name="file"; filename="${fileName}"`, `Content-Type: ${type}\r\n`, bytes),
    ),
  ];
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

function partOf(disposition: string, type: string, bytes: Uint8Array | string): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${type}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from('\r\n')]);
}

export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** `curl -F file=@FILE https://HOST/upload/<target>` */
export function uploadForm(
  client: Client,
  target: string,
  files: readonly FormFile[],
  fields: readonly (readonly [string, string])[] = [],
): Promise<Reply> {
  return client.send('POST', `/upload/${target}`, {
    headers: { 'Content-Type': FORM_TYPE },
    body: formOf(files, fields),
  });
}

/** `curl -F file=@image.tar https://HOST/upload/<target>` */
export function uploadTar(client: Client, target: string, tar: Uint8Array): Promise<Reply> {
  return uploadForm(client, target, [{ fileName: 'image.tar', bytes: tar, type: 'application/x-tar' }]);
}
