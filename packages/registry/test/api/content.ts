/** Blobs and manifests for the tests, and the way to push them. */

import { createHash, randomBytes } from 'node:crypto';
import type { Client, Reply } from './api.ts';

export const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_IMAGE = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';

export interface Content {
  readonly bytes: Buffer;
  readonly digest: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function blobOf(bytes: string | Uint8Array): Content {
  const buffer = Buffer.from(bytes);
  return { bytes: buffer, digest: digestOf(buffer) };
}

/** Bytes that no other test has. */
export function freshBlob(sizeBytes = 64): Content {
  return blobOf(randomBytes(sizeBytes));
}

export function descriptorOf(content: Content, mediaType: string): Descriptor {
  return { mediaType, digest: content.digest, size: content.bytes.byteLength };
}

/** A JSON document as it is pushed. */
export function documentOf(value: unknown): Content {
  return blobOf(JSON.stringify(value));
}

/** An image of a config and layers that the repository must have. */
export function imageOf(config: Content, layers: readonly Content[] = [], more: object = {}): Content {
  return documentOf({
    schemaVersion: 2,
    mediaType: OCI_IMAGE,
    config: descriptorOf(config, OCI_CONFIG),
    layers: layers.map((layer) => descriptorOf(layer, OCI_LAYER)),
    ...more,
  });
}

export function indexOf(manifests: readonly Descriptor[], more: object = {}): Content {
  return documentOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...more });
}

/** Pushes a blob in one request. */
export async function pushBlob(client: Client, name: string, blob: Content): Promise<void> {
  const reply = await client.send('POST', `/v2/${name}/blobs/uploads/?digest=${blob.digest}`, {
    headers: { 'Content-Type': 'application/octet-stream' },
    body: blob.bytes,
  });
  expect(reply.status).toBe(201);
}

export function putManifest(
  client: Client,
  name: string,
  reference: string,
  manifest: Content | Uint8Array | string,
  contentType = OCI_IMAGE,
): Promise<Reply> {
  const body = typeof manifest === 'string' || manifest instanceof Uint8Array ? manifest : manifest.bytes;
  return client.send('PUT', `/v2/${name}/manifests/${reference}`, {
    headers: { 'Content-Type': contentType },
    body,
  });
}

/** Pushes an image of its own with a config and no layers; its manifest. */
export async function pushImage(
  client: Client,
  name: string,
  reference?: string,
  more: object = {},
): Promise<Content> {
  const config = freshBlob();
  await pushBlob(client, name, config);
  const image = imageOf(config, [], more);
  const reply = await putManifest(client, name, reference ?? image.digest, image);
  expect(reply.status).toBe(201);
  return image;
}

/** Starts an upload; its Location. */
export async function startUpload(client: Client, name: string): Promise<string> {
  const reply = await client.send('POST', `/v2/${name}/blobs/uploads/`);
  expect(reply.status).toBe(202);
  return locationOf(reply);
}

/** The Location, which must be path-absolute. */
export function locationOf({ headers }: Reply): string {
  const location = headers['location'] ?? '';
  expect(location).toMatch(/^\/v2\/[^/]/);
  return location;
}

/** A Location with another query parameter. */
export function withQuery(location: string, key: string, value: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}${key}=${encodeURIComponent(value)}`;
}

export function jsonOf(reply: Reply): unknown {
  return JSON.parse(reply.body.toString('utf8'));
}

export interface ErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** The one error of a reply, which must be in the form of the spec. */
export function errorOf(reply: Reply): ErrorEntry {
  expect(reply.headers['content-type']).toBe('application/json');
  const json = jsonOf(reply);
  expect(json).toEqual({ errors: [expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/) })] });
  return (json as { errors: [ErrorEntry] }).errors[0];
}

/** Checks status and code, and gives the error for more. */
export function expectError(reply: Reply, status: number, code: string): ErrorEntry {
  expect({ status: reply.status, body: reply.body.toString('utf8') }).toEqual({
    status,
    body: expect.stringContaining(code),
  });
  const error = errorOf(reply);
  expect(error.code).toBe(code);
  expect(error.message).not.toBe('');
  return error;
}
