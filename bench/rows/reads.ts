/** What a puller asks: manifests and blobs by GET and HEAD. */
import { ABSENT_DIGEST, blobPath, fileFor, manifestPath, putBlobFile, type SmallBlob } from '../data/fill.ts';
import { ab, wrk } from '../load/load-tools.ts';
import { pull } from '../load/transfers.ts';
import { assertAccessIsChecked, assertContent, assertHead } from '../promises.ts';
import type { Marks, Row } from '../row.ts';
import type { Ability } from '../servers.ts';
import type { Subject } from '../subject.ts';
import { bytesOf, loadOf, MIB, requestsOf } from './samples.ts';

const BIG_BYTES = 256 * MIB;
/** Of the big blob in one run. */
const PULLS = 8;
const READERS: readonly Ability[] = ['registry', 'files'];

const MANIFEST_MARKS: Marks = { 'distribution-3': { rate: 5 }, zot: { rate: 2 }, olareg: { rate: 1.2 } };
const HEAD_MARKS: Marks = { 'distribution-3': { rate: 4 }, zot: { rate: 2 }, olareg: { rate: 1.1 } };
const BLOB_MARKS: Marks = { 'distribution-3': { rate: 20 }, zot: { rate: 1.5 }, olareg: { rate: 1 } };

export const READS = {
  'manifest-get-16': manifestGet(16),
  'manifest-get-256': { ...manifestGet(256), peakLimitMiB: 200 },
  'manifest-head': head('manifest HEAD by tag', manifestPath, ({ image }) => image.manifest),
  'blob-head': head(
    'blob HEAD, present',
    ({ image }) => blobPath(image.small.digest),
    ({ image }) => image.small,
  ),
  'blob-head-absent': head(
    'blob HEAD, absent',
    () => blobPath(ABSENT_DIGEST),
    () => undefined,
  ),
  'blob-get-1k': blobGet('1 KiB blob GET', 'small'),
  'blob-get-64k': blobGet('64 KiB blob GET', 'medium'),
  'blob-get-256m': bigBlobGet('256 MiB blob GET', {
    nginx: { rate: 1, cpu: 1 },
    'distribution-3': { rate: 1.4 },
  }),
  'blob-get-256m-tls': {
    ...bigBlobGet('256 MiB blob GET over TLS', { 'distribution-3': { rate: 1.6 } }),
    setting: { tls: true },
  },
} as const satisfies Record<string, Row>;

function manifestGet(connections: number): Row {
  return {
    title: `manifest GET by tag, ${connections} connections`,
    unit: 'requests',
    abilities: READERS,
    tool: 'wrk',
    marks: MANIFEST_MARKS,
    prepare: async ({ server, image, authorization }) => {
      await assertContent(server, manifestPath(), image.manifest.digest, authorization);
      await assertAccessIsChecked(server, manifestPath());
    },
    measure: async (subject) => requestsOf(await wrk({ ...loadOf(subject, manifestPath()), connections })),
  };
}

function head(
  title: string,
  pathOf: (subject: Subject) => string,
  contentOf: (subject: Subject) => SmallBlob | undefined,
): Row {
  return {
    title: `${title}, 16 connections`,
    unit: 'requests',
    abilities: READERS,
    tool: 'ab',
    marks: HEAD_MARKS,
    prepare: async (subject) => {
      const { server, authorization } = subject;
      await assertHead(server, pathOf(subject), contentOf(subject), authorization);
      await assertAccessIsChecked(server, pathOf(subject));
    },
    measure: async (subject) => {
      const status = contentOf(subject) === undefined ? 404 : 200;
      return requestsOf(await ab(loadOf(subject, pathOf(subject)), status));
    },
  };
}

function blobGet(title: string, blob: 'small' | 'medium'): Row {
  return {
    title: `${title}, 16 connections`,
    unit: 'requests',
    abilities: READERS,
    tool: 'wrk',
    marks: BLOB_MARKS,
    prepare: async ({ server, image, authorization }) => {
      const { digest } = image[blob];
      await assertContent(server, blobPath(digest), digest, authorization);
      await assertAccessIsChecked(server, blobPath(digest));
    },
    measure: async (subject) => requestsOf(await wrk(loadOf(subject, blobPath(subject.image[blob].digest)))),
  };
}

function bigBlobGet(title: string, marks: Marks): Row {
  return {
    title,
    unit: 'bytes',
    abilities: READERS,
    marks,
    prepare: putBigBlob,
    measure: async (subject) => {
      const path = blobPath(subject.blob(BIG_BYTES).digest);
      return bytesOf(await pull(subject, path, BIG_BYTES, PULLS));
    },
  };
}

async function putBigBlob(subject: Subject): Promise<void> {
  const { server } = subject;
  const blob = subject.blob(BIG_BYTES);
  if (server.kind.abilities[0] === 'files') blob.copyContentTo(fileFor(server, blobPath(blob.digest)));
  else await putBlobFile(server, blob, subject.authorization);
  await assertContent(server, blobPath(blob.digest), blob.digest, subject.authorization);
  await assertAccessIsChecked(server, blobPath(blob.digest));
}
