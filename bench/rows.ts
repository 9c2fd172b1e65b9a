/** The rows of the table: what is done to each server, and what Berth must reach. A new row is one more entry. */
import { basicOf, blobPath, fileFor, manifestPath, REPOSITORY } from './data/fill.ts';
import { ab, type LoadResult, type LoadTool, wrk } from './load/load-tools.ts';
import { pull, push, pushMany, unsyncedBytes } from './load/transfers.ts';
import {
  assertAccessIsChecked,
  assertContent,
  assertDurable,
  removeStoredBlobs,
  storedBlobs,
} from './promises.ts';
import { type Ability, SERVICE, type ServerName } from './servers.ts';
import type { Subject } from './subject.ts';

export interface Sample {
  /** Requests, or bytes. */
  readonly amount: number;
  readonly seconds: number;
  readonly command: string;
}

export interface Row {
  readonly title: string;
  readonly unit: 'requests' | 'bytes';
  /** A server takes part that has one of these. */
  readonly abilities: readonly Ability[];
  readonly tool?: LoadTool;
  /** Of the account's password. */
  readonly bcryptCost?: number;
  /** Fewer runs than were asked for, where the figure is a peak. */
  readonly runsAtMost?: number;
  /** Runs that aren't counted, before those that are; 1 where it isn't said. */
  readonly warmUps?: number;
  /** How many times as fast as a peer Berth must be. */
  readonly marks?: Partial<Record<ServerName, number>>;
  /** What Berth's peak of resident memory must stay under. */
  readonly peakLimitMiB?: number;
  /** Once for each server, before its warm-up. */
  prepare?(subject: Subject): Promise<void>;
  measure(subject: Subject): Promise<Sample>;
  /** Not counted: what was promised is asserted, what was pushed is removed. What is worth telling. */
  after?(subject: Subject, sample: Sample): Promise<string | undefined>;
}

const MIB = 1024 * 1024;
const BIG_BYTES = 256 * MIB;
const HUGE_BYTES = 1024 * MIB;
/** Of the big blob in one run. */
const PULLS = 8;
const UPLOADS_AT_ONCE = 200;
const UPLOAD_BYTES = 16 * MIB;
const READERS: readonly Ability[] = ['registry', 'files'];
/** A server that computes bcrypt each time answers sixteen clients after a second or more. */
const SLOW_SECONDS = 5;
/** bcrypt's cost in docker_auth's own examples. */
const USUAL_COST = 5;

export const ROWS = {
  'manifest-get-16': manifestGet(16, { 'distribution-3': 2 }),
  'manifest-get-256': manifestGet(256, { 'distribution-3': 2 }),
  'manifest-head': head('manifest HEAD by tag', manifestPath, { 'distribution-3': 2 }),
  'blob-head': head('blob HEAD', ({ image }) => blobPath(image.small.digest), { 'distribution-3': 2 }),
  'blob-get-1k': blobGet('1 KiB blob GET', 'small', { 'distribution-3': 5 }),
  'blob-get-64k': blobGet('64 KiB blob GET', 'medium', {}),
  'blob-get-256m': {
    title: '256 MiB blob GET',
    unit: 'bytes',
    abilities: READERS,
    marks: { 'distribution-3': 0.8 },
    prepare: putBigBlob,
    measure: async (subject) => {
      const path = blobPath(subject.blob(BIG_BYTES).digest);
      return sampleOf(await pull(subject, path, BIG_BYTES, PULLS));
    },
  },
  'push-256m': {
    title: '256 MiB push (POST, chunked PATCH, PUT)',
    unit: 'bytes',
    abilities: ['registry'],
    marks: { 'distribution-3': 1 },
    // One push is half a second, and a server in JavaScript compiles what is hot for longer than that.
    warmUps: 4,
    measure: (subject) => pushBlob(subject, BIG_BYTES),
    after: (subject) => checkPushed(subject, BIG_BYTES),
  },
  'token-cost-5': tokenRow(USUAL_COST),
  'token-cost-10': tokenRow(10),
  'memory-1g': {
    title: 'peak memory: push and pull of 1 GiB',
    unit: 'bytes',
    abilities: ['registry'],
    runsAtMost: 1,
    peakLimitMiB: 200,
    measure: async (subject) => {
      const pushed = await pushBlob(subject, HUGE_BYTES);
      const path = blobPath(subject.blob(HUGE_BYTES).digest);
      const pulled = await pull(subject, path, HUGE_BYTES, 1);
      const seconds = pushed.seconds + pulled.seconds;
      return { amount: 2 * HUGE_BYTES, seconds, command: `${pushed.command} && ${pulled.command}` };
    },
    after: (subject) => checkPushed(subject, HUGE_BYTES),
  },
  'memory-200': {
    title: `peak memory: ${UPLOADS_AT_ONCE} uploads of 16 MiB at once`,
    unit: 'bytes',
    abilities: ['registry'],
    runsAtMost: 1,
    peakLimitMiB: 400,
    measure: async (subject) => {
      const pushed = await pushMany(subject, REPOSITORY, UPLOADS_AT_ONCE, UPLOAD_BYTES);
      subject.digests = pushed.digests;
      return sampleOf(pushed);
    },
    after: async (subject) => {
      const { server, digests, authorization } = subject;
      for (const digest of digests) await assertContent(server, blobPath(digest), digest, authorization);
      removeStoredBlobs(server, UPLOAD_BYTES);
      return undefined;
    },
  },
} as const satisfies Record<string, Row>;

export type RowName = keyof typeof ROWS;

export const ROW_NAMES = Object.keys(ROWS).filter(isRowName);

export function isRowName(text: string): text is RowName {
  return Object.hasOwn(ROWS, text);
}

function manifestGet(connections: number, marks: Row['marks'] & {}): Row {
  return {
    title: `manifest GET by tag, ${connections} connections`,
    unit: 'requests',
    abilities: READERS,
    tool: 'wrk',
    marks,
    prepare: async ({ server, image, authorization }) => {
      await assertContent(server, manifestPath(), image.manifest.digest, authorization);
      await assertAccessIsChecked(server, manifestPath());
    },
    measure: async (subject) => requestsOf(await wrk({ ...loadOf(subject, manifestPath()), connections })),
  };
}

function head(title: string, pathOf: (subject: Subject) => string, marks: Row['marks'] & {}): Row {
  return {
    title: `${title}, 16 connections`,
    unit: 'requests',
    abilities: READERS,
    tool: 'ab',
    marks,
    prepare: (subject) => assertAccessIsChecked(subject.server, pathOf(subject)),
    measure: async (subject) => requestsOf(await ab(loadOf(subject, pathOf(subject)))),
  };
}

function blobGet(title: string, blob: 'small' | 'medium', marks: Row['marks'] & {}): Row {
  return {
    title: `${title}, 16 connections`,
    unit: 'requests',
    abilities: READERS,
    tool: 'wrk',
    marks,
    prepare: async ({ server, image, authorization }) => {
      const { digest } = image[blob];
      await assertContent(server, blobPath(digest), digest, authorization);
      await assertAccessIsChecked(server, blobPath(digest));
    },
    measure: async (subject) => requestsOf(await wrk(loadOf(subject, blobPath(subject.image[blob].digest)))),
  };
}

function tokenRow(bcryptCost: number): Row {
  return {
    title: `token for a returning user, bcrypt cost ${bcryptCost}, 16 connections`,
    unit: 'requests',
    abilities: ['tokens'],
    tool: 'wrk',
    bcryptCost,
    measure: async (subject) => {
      const { account } = subject;
      const path = `/auth?service=${SERVICE}&account=${account.name}&scope=repository:${REPOSITORY}:pull`;
      const seconds = Math.max(subject.seconds, SLOW_SECONDS);
      return requestsOf(await wrk({ ...loadOf(subject, path), seconds, authorization: basicOf(account) }));
    },
  };
}

async function putBigBlob(subject: Subject): Promise<void> {
  const { server } = subject;
  const blob = subject.blob(BIG_BYTES);
  if (server.kind.abilities[0] === 'files') blob.copyContentTo(fileFor(server, blobPath(blob.digest)));
  else await push(subject, REPOSITORY, blob);
  await assertContent(server, blobPath(blob.digest), blob.digest, subject.authorization);
  await assertAccessIsChecked(server, blobPath(blob.digest));
}

async function pushBlob(subject: Subject, sizeBytes: number): Promise<Sample> {
  const blob = subject.blob(sizeBytes);
  blob.renew();
  return sampleOf(await push(subject, REPOSITORY, blob));
}

async function checkPushed(subject: Subject, sizeBytes: number): Promise<string | undefined> {
  const { server, authorization } = subject;
  const unsynced = await unsyncedBytes(storedBlobs(server, sizeBytes)[0]);
  assertDurable(server, unsynced);
  const { digest } = subject.blob(sizeBytes);
  await assertContent(server, blobPath(digest), digest, authorization);
  removeStoredBlobs(server, sizeBytes);
  if (unsynced === undefined) return undefined;
  return `${Math.round(unsynced / MIB)} of ${sizeBytes / MIB} MiB were not on the disk at the 201`;
}

function loadOf({ server, authorization, seconds }: Subject, path: string) {
  return { url: server.base + path, authorization, connections: 16, seconds };
}

function requestsOf({ requests, seconds, command }: LoadResult): Sample {
  return { amount: requests, seconds, command };
}

function sampleOf({ bytes, seconds, command }: { bytes: number; seconds: number; command: string }): Sample {
  return { amount: bytes, seconds, command };
}
