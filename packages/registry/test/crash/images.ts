/** Small images to push. Their bytes follow from a label. */

import { createHash } from 'node:crypto';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** Anything that has a digest. */
export interface Pushable {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface Manifest extends Pushable {
  readonly blobs: readonly Pushable[];
  readonly subject?: string;
}

export interface Index extends Pushable {
  readonly manifests: readonly Manifest[];
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A layer of `sizeBytes`; some are larger than a page of the disk. */
export function layerOf(label: string, sizeBytes: number): Pushable {
  const seed = createHash('sha256').update(label).digest('hex');
  const bytes = Buffer.from(seed.repeat(Math.ceil(sizeBytes / seed.length)).slice(0, sizeBytes));
  return pushable('application/vnd.oci.image.layer.v1.tar', bytes);
}

/** An image with its own config and layers. */
export function imageOf(label: string, layers = [layerOf(label, 300), layerOf(`${label}, large`, 9000)]) {
  return manifestOf(label, layers);
}

/** A manifest that refers to `subject`, whether or not that is anywhere. */
export function artifactOf(label: string, subject: Pushable): Manifest {
  return manifestOf(label, [], subject);
}

export function indexOf(manifests: readonly Manifest[]): Index {
  const document = { schemaVersion: 2, mediaType: INDEX, manifests: manifests.map(descriptorOf) };
  return { ...pushable(INDEX, Buffer.from(JSON.stringify(document))), manifests };
}

function manifestOf(label: string, layers: readonly Pushable[], subject?: Pushable): Manifest {
  const config = pushable(
    'application/vnd.oci.image.config.v1+json',
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { label } } })),
  );
  const document = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
    ...(subject !== undefined && { subject: descriptorOf(subject) }),
  };
  return {
    ...pushable(MANIFEST, Buffer.from(JSON.stringify(document))),
    blobs: [config, ...layers],
    ...(subject !== undefined && { subject: subject.digest }),
  };
}

function pushable(mediaType: string, bytes: Buffer): Pushable {
  return { mediaType, digest: digestOf(bytes), bytes };
}

function descriptorOf({ mediaType, digest, bytes }: Pushable) {
  return { mediaType, digest, size: bytes.byteLength };
}
