/** What a pusher sends, up to the 201. */
import { blobPath, REPOSITORY } from '../data/fill.ts';
import { push, unsyncedBytes } from '../load/transfers.ts';
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
    marks: { 'distribution-3': { rate: 1.4 } },
    warmUps: PUSH_WARM_UPS,
    measure: (subject) => pushBlob(subject, BIG_BYTES),
    after: (subject) => checkPushed(subject, BIG_BYTES),
  },
} as const satisfies Record<string, Row>;

export async function pushBlob(subject: Subject, sizeBytes: number): Promise<Sample> {
  const blob = subject.blob(sizeBytes);
  blob.renew();
  return bytesOf(await push(subject, REPOSITORY, blob));
}

export async function checkPushed(subject: Subject, sizeBytes: number): Promise<string | undefined> {
  const { server, authorization } = subject;
  const unsynced = await unsyncedBytes(storedBlobs(server, sizeBytes)[0]);
  assertDurable(server, unsynced);
  const { digest } = subject.blob(sizeBytes);
  await assertContent(server, blobPath(digest), digest, authorization);
  removeStoredBlobs(server, sizeBytes);
  if (unsynced === undefined) return undefined;
  return `${Math.round(unsynced / MIB)} of ${sizeBytes / MIB} MiB were not on the disk at the 201`;
}
