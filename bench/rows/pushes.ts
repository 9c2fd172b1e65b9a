/** What a pusher sends, up to the 201. */
import { join } from 'node:path';
import { blobPath, REPOSITORY } from '../data/fill.ts';
import { push, pushLayers, unsyncedBytes } from '../load/transfers.ts';
import { assertContent, assertDurable, removeStoredBlobs, storedBlobs } from '../promises.ts';
import type { Row, Sample } from '../row.ts';
import type { Subject } from '../subject.ts';
import { bytesOf, MIB } from './samples.ts';

const BIG_BYTES = 256 * MIB;
/** One push is half a second, and a server in JavaScript compiles what is hot for longer than that. */
const PUSH_WARM_UPS = 4;

export const PUSHES = {
  'push-256m': {
    title: '256 MiB push (POST, chunked PATCH, PUT)',
    unit: 'bytes',
    abilities: ['registry'],
    yardsticks: ['write-fsync'],
    marks: { 'distribution-3': { rate: 1.4 } },
    warmUps: PUSH_WARM_UPS,
    measure: (subject) => pushBlob(subject, BIG_BYTES),
    after: (subject) => checkPushed(subject, BIG_BYTES, { isDurable: true }),
  },
  'push-256m-relaxed': {
    title: '256 MiB push that promises as little as its peers, durability: relaxed',
    unit: 'bytes',
    abilities: ['relaxed'],
    setting: { durability: 'relaxed' },
    yardsticks: ['sha256'],
    marks: { zot: { rate: 1 }, olareg: { rate: 1 }, sha256: { rate: 0.6 } },
    warmUps: PUSH_WARM_UPS,
    remark: 'distribution is left out: it syncs its files.',
    measure: (subject) => pushBlob(subject, BIG_BYTES),
    after: (subject) => checkPushed(subject, BIG_BYTES, { isDurable: false }),
  },
  'push-layers': layers(
    { clients: 10, layers: 200, sizeBytes: MIB },
    'push of 200 layers of 1 MiB by 10 clients',
  ),
} as const satisfies Record<string, Row>;

export interface LayersShape {
  readonly clients: number;
  readonly layers: number;
  readonly sizeBytes: number;
}

function layers(shape: LayersShape, title: string): Row {
  return {
    title,
    unit: 'bytes',
    abilities: ['registry'],
    yardsticks: ['write-fsync'],
    marks: { 'distribution-3': { rate: 2 } },
    warmUps: PUSH_WARM_UPS,
    measure: (subject) => pushAll(subject, shape),
    after: (subject) => checkLayers(subject, shape),
  };
}

export async function pushBlob(subject: Subject, sizeBytes: number): Promise<Sample> {
  const blob = subject.blob(sizeBytes);
  blob.renew();
  return bytesOf(await push(subject, REPOSITORY, blob));
}

export async function checkPushed(
  subject: Subject,
  sizeBytes: number,
  { isDurable }: { isDurable: boolean },
): Promise<string | undefined> {
  const { server, authorization } = subject;
  const unsynced = await unsyncedBytes(storedBlobs(server, sizeBytes));
  if (isDurable) assertDurable(server, unsynced);
  const { digest } = subject.blob(sizeBytes);
  await assertContent(server, blobPath(digest), digest, authorization);
  removeStoredBlobs(server, sizeBytes);
  return unsyncedText(unsynced, sizeBytes);
}

export async function pushAll(subject: Subject, shape: LayersShape): Promise<Sample> {
  const file = join(subject.folder, `layers-${shape.sizeBytes}`);
  const pushed = await pushLayers(subject, REPOSITORY, file, shape);
  subject.digests = pushed.digests;
  return bytesOf(pushed);
}

export async function checkLayers(
  { server, digests, authorization }: Subject,
  { layers, sizeBytes }: LayersShape,
): Promise<string | undefined> {
  const unsynced = await unsyncedBytes(storedBlobs(server, sizeBytes));
  assertDurable(server, unsynced);
  for (const digest of digests) await assertContent(server, blobPath(digest), digest, authorization);
  removeStoredBlobs(server, sizeBytes);
  return unsyncedText(unsynced, layers * sizeBytes);
}

function unsyncedText(unsynced: number | undefined, sizeBytes: number): string | undefined {
  if (unsynced === undefined) return undefined;
  return `${Math.round(unsynced / MIB)} of ${sizeBytes / MIB} MiB were not on the disk at the 201`;
}
