/**
 * What a server promises beside its speed, asked of those that are measured: what is pulled has its digest, what
 * was acknowledged can be read, and, for Berth, is on the disk.
 */
import { createHash } from 'node:crypto';
import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ACCEPT } from './data/fill.ts';
import type { RunningServer } from './harness/running-server.ts';

/** Pulls it all and compares. @throws Error */
export async function assertContent(
  server: RunningServer,
  path: string,
  digest: string,
  authorization: string | undefined,
): Promise<void> {
  const answer = await fetch(server.base + path, {
    headers: { accept: ACCEPT, ...(authorization !== undefined && { authorization }) },
    signal: AbortSignal.timeout(120_000),
  });
  const hash = createHash('sha256');
  for await (const chunk of answer.body ?? []) hash.update(chunk);
  const found = `sha256:${hash.digest('hex')}`;
  if (answer.status === 200 && found === digest) return;
  throw new Error(`${server.kind.title}: GET ${path} answered ${answer.status} with ${found}, not ${digest}`);
}

/** The answer announces the content; a blob that isn't there is a 404. @throws Error */
export async function assertHead(
  server: RunningServer,
  path: string,
  content: { readonly digest: string; readonly bytes: Buffer } | undefined,
  authorization: string | undefined,
): Promise<void> {
  const answer = await fetch(server.base + path, {
    method: 'HEAD',
    headers: { accept: ACCEPT, ...(authorization !== undefined && { authorization }) },
    signal: AbortSignal.timeout(10_000),
  });
  const digest = answer.headers.get('docker-content-digest');
  const length = Number(answer.headers.get('content-length'));
  const isRight =
    content === undefined
      ? answer.status === 404
      : answer.status === 200 &&
        length === content.bytes.length &&
        (server.kind.abilities[0] === 'files' || digest === content.digest);
  if (isRight) return;
  throw new Error(`${server.kind.title}: HEAD ${path} answered ${answer.status}, ${length} bytes, ${digest}`);
}

/** The page holds these names in this order, and says where the next one is. @throws Error */
export async function assertPage(
  server: RunningServer,
  path: string,
  key: string,
  names: readonly string[],
  authorization: string | undefined,
): Promise<void> {
  const answer = await fetch(server.base + path, {
    headers: authorization === undefined ? {} : { authorization },
    signal: AbortSignal.timeout(120_000),
  });
  const text = await answer.text();
  const isWhole = answer.status === 200 && JSON.stringify(JSON.parse(text)[key]) === JSON.stringify(names);
  if (isWhole && answer.headers.has('link')) return;
  throw new Error(`${server.kind.title}: GET ${path} answered ${answer.status}: ${text.slice(0, 300)}`);
}

/** Whoever asks, with or without an account, is given what the rules grant. @throws Error */
export async function assertGrant(
  server: RunningServer,
  path: string,
  authorization: string | undefined,
  repository: string,
): Promise<void> {
  const answer = await fetch(server.base + path, {
    headers: authorization === undefined ? {} : { authorization },
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  const token: string = answer.status === 200 ? JSON.parse(text).token : '';
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const granted: unknown = claims === '' ? undefined : JSON.parse(claims).access;
  if (
    JSON.stringify(granted) === JSON.stringify([{ type: 'repository', name: repository, actions: ['pull'] }])
  )
    return;
  throw new Error(`${server.kind.title}: GET ${path} answered ${answer.status} and grants ${claims}`);
}

/** Berth lets nobody in without a token. @throws Error */
export async function assertAccessIsChecked(server: RunningServer, path: string): Promise<void> {
  if (server.name !== 'berth') return;
  const answer = await fetch(server.base + path, { signal: AbortSignal.timeout(10_000) });
  await answer.arrayBuffer();
  if (answer.status !== 401) throw new Error(`${path} answered ${answer.status} to a stranger, not 401`);
}

/** The files that hold blobs of that size: found by it, as every server names them in its own way. */
export function storedBlobs(server: RunningServer, sizeBytes: number): readonly string[] {
  const entries = readdirSync(server.dataFolder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return files.filter((file) => statSync(file).size === sizeBytes);
}

/** Away with them, so that a disk isn't filled by a benchmark. Nothing asks for them again. */
export function removeStoredBlobs(server: RunningServer, sizeBytes: number): void {
  for (const file of storedBlobs(server, sizeBytes)) unlinkSync(file);
}

/** @throws Error when Berth acknowledged what a power cut would take */
export function assertDurable(server: RunningServer, unsynced: number | undefined): void {
  if (server.name !== 'berth' || unsynced === undefined || unsynced === 0) return;
  throw new Error(`Berth acknowledged a blob of which ${unsynced} bytes were not on the disk`);
}
