/** What every server of a row holds before it is measured: the same image, and one big blob. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReadableStream } from 'node:stream/web';
import type { RunningServer } from '../harness/running-server.ts';
import { SERVICE } from '../servers.ts';
import type { AccountFile } from './account.ts';
import type { PreparedBlob } from './prepared-blob.ts';

export const REPOSITORY = 'bench/app';
export const TAG = '1.0';
/** Of nothing that anybody holds. */
export const ABSENT_DIGEST = `sha256:${'0'.repeat(64)}`;

export interface SmallBlob {
  readonly bytes: Buffer;
  readonly digest: string;
}

export interface Image {
  readonly config: SmallBlob;
  /** 1 KiB. */
  readonly small: SmallBlob;
  /** 64 KiB. */
  readonly medium: SmallBlob;
  readonly manifest: SmallBlob;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** What Docker sends, in short: distribution hides a manifest whose type isn't asked for by name. */
export const ACCEPT = `${MANIFEST_TYPE}, application/vnd.oci.image.index.v1+json, */*`;
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

export function makeImage(): Image {
  const config = blobOf(
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', made: Date.now() })),
  );
  const small = blobOf(randomBytes(1024));
  const medium = blobOf(randomBytes(64 * 1024));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptorOf('application/vnd.oci.image.config.v1+json', config),
    layers: [small, medium, small].map((blob) => descriptorOf(LAYER_TYPE, blob)),
  };
  return { config, small, medium, manifest: blobOf(Buffer.from(JSON.stringify(manifest, null, 1))) };
}

/** The Authorization header for the registry's API: a token for Berth, nothing for the peers. */
export async function authorizationFor(
  server: RunningServer,
  account: AccountFile,
  scopes: readonly string[],
): Promise<string | undefined> {
  if (server.name !== 'berth') return undefined;
  const asked = scopes.map((scope) => `&scope=${scope}`).join('');
  const query = `service=${SERVICE}&account=${account.name}${asked}`;
  const answer = await fetch(`${server.base}/auth?${query}`, {
    headers: { authorization: basicOf(account) },
    signal: AbortSignal.timeout(10_000),
  });
  const { token }: { token?: string } = JSON.parse(await answer.text());
  if (token === undefined) throw new Error(`no token: /auth answered ${answer.status}`);
  return `Bearer ${token}`;
}

export function basicOf({ name, password }: Pick<AccountFile, 'name' | 'password'>): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

/** Pushes the image, or lays it out as files for a server that only knows paths. */
export async function fillWithImage(
  server: RunningServer,
  image: Image,
  authorization: string | undefined,
): Promise<void> {
  if (server.kind.abilities[0] === 'files') {
    for (const { digest, bytes } of [image.small, image.medium]) layOut(server, blobPath(digest), bytes);
    layOut(server, manifestPath(), image.manifest.bytes);
    return;
  }
  for (const blob of [image.config, image.small, image.medium]) await pushBlob(server, blob, authorization);
  const headers = { 'Content-Type': MANIFEST_TYPE };
  await send(
    server,
    authorization,
    'PUT',
    manifestPath(),
    201,
    headers,
    new Uint8Array(image.manifest.bytes),
  );
}

/** The place of a file on a server that only knows paths. */
export function fileFor(server: RunningServer, path: string): string {
  const file = join(server.dataFolder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  return file;
}

export function manifestPath(): string {
  return `/v2/${REPOSITORY}/manifests/${TAG}`;
}

export function blobPath(digest: string): string {
  return `/v2/${REPOSITORY}/blobs/${digest}`;
}

/** Pushes a blob of any size, not for speed. */
export async function putBlobFile(
  server: RunningServer,
  blob: PreparedBlob,
  authorization: string | undefined,
): Promise<void> {
  const { digest, sizeBytes } = blob;
  const location = await startUpload(server, authorization, digest);
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(sizeBytes) };
  await send(server, authorization, 'PUT', location, 201, headers, ReadableStream.from(blob.content()));
}

async function pushBlob(
  server: RunningServer,
  { bytes, digest }: SmallBlob,
  authorization: string | undefined,
): Promise<void> {
  const location = await startUpload(server, authorization, digest);
  const headers = { 'Content-Type': 'application/octet-stream' };
  await send(server, authorization, 'PUT', location, 201, headers, new Uint8Array(bytes));
}

/** Where the content goes. */
async function startUpload(
  server: RunningServer,
  authorization: string | undefined,
  digest: string,
): Promise<string> {
  const target = `/v2/${REPOSITORY}/blobs/uploads/`;
  const started = await send(server, authorization, 'POST', target, 202, {}, new Uint8Array());
  const location = new URL(started.headers.get('location') ?? '', server.base);
  location.searchParams.set('digest', digest);
  return location.href;
}

async function send(
  server: RunningServer,
  authorization: string | undefined,
  method: string,
  target: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array<ArrayBuffer> | ReadableStream,
): Promise<Response> {
  const answer = await fetch(new URL(target, server.base), {
    method,
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    body,
    duplex: 'half',
    signal: AbortSignal.timeout(60_000),
  });
  const text = await answer.text();
  if (answer.status === status) return answer;
  throw new Error(
    `${server.kind.title}: ${method} ${target} answered ${answer.status}: ${text.slice(0, 300)}`,
  );
}

function layOut(server: RunningServer, path: string, bytes: Buffer): void {
  writeFileSync(fileFor(server, path), bytes);
}

function blobOf(bytes: Buffer): SmallBlob {
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

function descriptorOf(mediaType: string, { bytes, digest }: SmallBlob) {
  return { mediaType, digest, size: bytes.length };
}
