/**
 * A manifest as the registry reads it: what kind it is, what it refers to, which subject it has. Pure: bytes in,
 * value out. The bytes themselves are kept as they came.
 *
 * image-spec v1.1, manifest.md and image-index.md; Docker image manifest v2 schema 2; CVE-2021-41190 (one
 * document must not be read as an image by one program and as an index by another).
 */

import type { Limits } from '../limits.ts';
import { type Digest, parseDigest } from '../names.ts';
import {
  bad,
  invalid,
  isAbsent,
  isObject,
  type Json,
  parseJson,
  shown,
  tryParseJson,
} from './manifest-json.ts';

interface KindRow {
  readonly shape: 'image' | 'index';
  /** The type may be left out of the document, since its shape tells. */
  readonly mayOmitMediaType: boolean;
}

export const MANIFEST_TYPES = {
  'application/vnd.oci.image.manifest.v1+json': { shape: 'image', mayOmitMediaType: true },
  'application/vnd.oci.image.index.v1+json': { shape: 'index', mayOmitMediaType: true },
  'application/vnd.docker.distribution.manifest.v2+json': { shape: 'image', mayOmitMediaType: false },
  'application/vnd.docker.distribution.manifest.list.v2+json': { shape: 'index', mayOmitMediaType: false },
} as const satisfies Record<string, KindRow>;

export type ManifestType = keyof typeof MANIFEST_TYPES;

export const OCI_INDEX: ManifestType = 'application/vnd.oci.image.index.v1+json';
const OCI_IMAGE: ManifestType = 'application/vnd.oci.image.manifest.v1+json';
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(json|prettyjws)$/;
const SCHEMA_1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
/** Layers of an image: engines fetch them from the URLs that their descriptors have. */
const IMAGE_LAYER = /^application\/vnd\.(oci\.image\.layer\.|docker\.image\.rootfs\.)/;
/** Layers of these types are kept elsewhere, by whoever may distribute them. */
const NONDISTRIBUTABLE =
  /^application\/vnd\.(oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/;

/** What a program is for, in the words of Go's GOOS and GOARCH. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Where in the document it stands: `layers[2]`. */
  readonly where: string;
  /** What an index says of it. */
  readonly platform?: Platform;
}

/** Another place where a layer is. */
export interface Link {
  /** Where in the document it stands: `layers[2].urls[0]`. */
  readonly where: string;
  readonly url: string;
}

export interface ManifestDocument {
  readonly mediaType: ManifestType;
  /** The config and the layers that this registry must have. */
  readonly blobs: readonly Descriptor[];
  /** What an index lists. */
  readonly manifests: readonly Descriptor[];
  /** Where an image's layers are besides. */
  readonly links: readonly Link[];
  readonly subject: Digest | undefined;
  /** As referrers show it: the document's own, or an image's config type. */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Reads and checks a manifest that is being pushed.
 * @param contentType the request's Content-Type, with or without parameters
 * @throws RegistryError MANIFEST_INVALID, saying what and where
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  limits: Limits,
): ManifestDocument {
  const json = parseJson(bytes, limits.manifestDepth);
  const mediaType = typeOf(json, contentType?.split(';', 1)[0]?.trim().toLowerCase());
  if (json['schemaVersion'] !== 2) throw bad('schemaVersion', json['schemaVersion'], 'the number 2');
  const document =
    MANIFEST_TYPES[mediaType].shape === 'image' ? readImage(json, mediaType) : readIndex(json, mediaType);
  const count = document.blobs.length + document.manifests.length;
  if (count > limits.manifestDescriptors) {
    throw invalid(`the manifest has ${count} descriptors; allowed: ${limits.manifestDescriptors}`);
  }
  return document;
}

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/;

/** RFC 6838, section 4.2. Another program may have stored anything, and it becomes a header's value. */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}

/** The type of a manifest that is stored already (perhaps by another program), for its Content-Type. */
export function storedMediaType(bytes: Uint8Array): string {
  const json = tryParseJson(bytes);
  const mediaType = json?.['mediaType'];
  if (typeof mediaType === 'string' && isMediaType(mediaType)) return mediaType;
  if (json?.['schemaVersion'] === 1) return SCHEMA_1_SIGNED;
  return json !== undefined && 'manifests' in json ? OCI_INDEX : OCI_IMAGE;
}

/** What referrers need to know of a stored manifest; undefined if it can't be read as one. */
export function readStored(bytes: Uint8Array, limits: Limits): ManifestDocument | undefined {
  try {
    return parseManifest(bytes, storedMediaType(bytes), limits);
  } catch {
    return undefined;
  }
}

function typeOf(json: Json, contentType: string | undefined): ManifestType {
  const own = json['mediaType'];
  if (own !== undefined && typeof own !== 'string') throw bad('mediaType', own, 'a string');
  if (json['schemaVersion'] === 1 || SCHEMA_1.test(own ?? contentType ?? '')) throw schema1();
  if (own !== undefined && contentType !== undefined && own !== contentType) {
    throw invalid(
      `the manifest's mediaType is ${shown(own)}, the request's Content-Type ${shown(contentType)}; they must be the same`,
    );
  }
  const type = own ?? contentType ?? ('manifests' in json ? OCI_INDEX : OCI_IMAGE);
  if (!isManifestType(type)) {
    throw invalid(
      `${shown(type)} is not a type of manifest; allowed: ${Object.keys(MANIFEST_TYPES).join(', ')}`,
    );
  }
  if (own === undefined && !MANIFEST_TYPES[type].mayOmitMediaType) throw bad('mediaType', own, shown(type));
  return type;
}

export function isManifestType(type: string): type is ManifestType {
  return Object.hasOwn(MANIFEST_TYPES, type);
}

function readImage(json: Json, mediaType: ManifestType): ManifestDocument {
  forbid(json, ['manifests', 'fsLayers'], 'an image manifest');
  const config = readDescriptor(json['config'], 'config');
  const listed = readList(json, 'layers');
  const layers = listed.map((layer, index) => readDescriptor(layer, `layers[${index}]`));
  return {
    mediaType,
    blobs: [config, ...layers.filter(({ mediaType: type }) => !NONDISTRIBUTABLE.test(type))],
    manifests: [],
    links: layers.flatMap((layer, index) => readLinks(listed[index], layer)),
    subject: readSubject(json),
    artifactType: readText(json, 'artifactType') || config.mediaType,
    annotations: readAnnotations(json),
  };
}

function readIndex(json: Json, mediaType: ManifestType): ManifestDocument {
  forbid(json, ['layers', 'config', 'fsLayers'], 'an index');
  return {
    mediaType,
    blobs: [],
    manifests: readList(json, 'manifests').map((item, index) => readListed(item, `manifests[${index}]`)),
    links: [],
    subject: readSubject(json),
    artifactType: readText(json, 'artifactType') || undefined,
    annotations: readAnnotations(json),
  };
}

function forbid(json: Json, fields: readonly string[], what: string): void {
  for (const field of fields) {
    if (!isAbsent(json[field]))
      throw invalid(`${what} must not have ${field}, which would make it something else to other programs`);
  }
}

function readLinks(layer: unknown, { mediaType, where }: Descriptor): readonly Link[] {
  if (!IMAGE_LAYER.test(mediaType) || !isObject(layer) || isAbsent(layer['urls'])) return [];
  const urls = layer['urls'];
  if (!Array.isArray(urls)) throw bad(`${where}.urls`, urls, 'a list of URLs');
  return urls.map((url: unknown, index) => {
    const there = `${where}.urls[${index}]`;
    if (typeof url !== 'string' || !isWebUrl(url)) throw bad(there, url, 'an http or https URL, without #');
    return { where: there, url };
  });
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\/[^#]*$/i.test(text) && URL.canParse(text);
}

function readListed(value: unknown, where: string): Descriptor {
  const descriptor = readDescriptor(value, where);
  const platform = isObject(value) ? value['platform'] : undefined;
  if (!isObject(platform)) return descriptor;
  const { os, architecture } = platform as { os?: unknown; architecture?: unknown };
  if (typeof os !== 'string' || typeof architecture !== 'string') return descriptor;
  return { ...descriptor, platform: { os, architecture } };
}

function readSubject(json: Json): Digest | undefined {
  return isAbsent(json['subject']) ? undefined : readDescriptor(json['subject'], 'subject').digest;
}

function readDescriptor(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw bad(where, value, 'a descriptor');
  const {
    mediaType,
    digest: digestText,
    size,
  } = value as { mediaType?: unknown; digest?: unknown; size?: unknown };
  if (typeof mediaType !== 'string') throw bad(`${where}.mediaType`, mediaType, 'a string');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw bad(`${where}.size`, size, 'a number of bytes');
  }
  const digest = typeof digestText === 'string' ? parseDigest(digestText) : undefined;
  if (digest === undefined) throw bad(`${where}.digest`, digestText, 'a sha256 or sha512 digest');
  return { mediaType, digest, sizeBytes: size, where };
}

function readList(json: Json, field: string): readonly unknown[] {
  const value = json[field];
  // How Go writes an empty list.
  if (value === null) return [];
  if (!Array.isArray(value)) throw bad(field, value, 'a list of descriptors');
  return value;
}

function readText(json: Json, field: string): string {
  const value = json[field];
  if (isAbsent(value)) return '';
  if (typeof value !== 'string') throw bad(field, value, 'a string');
  return value;
}

function readAnnotations(json: Json): Json | undefined {
  const value = json['annotations'];
  if (isAbsent(value)) return undefined;
  // One that isn't a string would make every listing of referrers that shows it unreadable to typed clients.
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    throw bad('annotations', value, 'an object of strings');
  }
  return value;
}

function schema1(): Error {
  return invalid(
    'Docker manifest schema 1 is not supported: it is deprecated and unsafe; push with Docker 1.10 or newer, or convert the image',
  );
}
