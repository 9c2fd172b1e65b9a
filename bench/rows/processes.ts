/** What a server is as a process, or as several: how soon it answers, what memory it takes, what a second one adds. */
import { setTimeout as wait } from 'node:timers/promises';
import { blobPath, manifestPath, REPOSITORY } from '../data/fill.ts';
import { COUNT } from '../data/volumes.ts';
import { wrk } from '../load/load-tools.ts';
import { pull, pushMany } from '../load/transfers.ts';
import { assertAccessIsChecked, assertContent, removeStoredBlobs } from '../promises.ts';
import type { Row, Sample, Variant } from '../row.ts';
import type { Subject } from '../subject.ts';
import { checkLayers, checkPushed, pushAll, pushBlob } from './pushes.ts';
import { bytesOf, loadOf, MIB, requestsOf } from './samples.ts';

const HUGE_BYTES = 1024 * MIB;
const UPLOADS_AT_ONCE = 200;
const UPLOAD_BYTES = 16 * MIB;
const FOUR_PUSHES = { clients: 4, layers: 4, sizeBytes: 64 * MIB };
const STARTS = 3;
const IDLE_SECONDS = 5;

const SHARED = 'Peak memory is that of all processes; pages that they share are counted in each.';
const ONE_OR_TWO: readonly Variant[] = [
  { key: '1', text: 'one worker', setting: { workers: 1 } },
  { key: '2', text: 'two workers', setting: { workers: 2 } },
];

export const PROCESSES = {
  start: {
    title: `start to the first answer, with nothing and with ${COUNT.toLocaleString('en')} manifests`,
    unit: 'starts',
    abilities: ['layout'],
    variants: [
      { key: 'empty', text: 'empty', setting: {} },
      { key: 'full', text: 'full', setting: { volume: 'tags' } },
    ],
    champion: 'berth/full',
    // The same, but for what two runs of the same thing differ by.
    marks: { 'berth/empty': { rate: 0.9 } },
    remark: 'zot and olareg are left out: the volume has the layout of distribution.',
    measure: startAgain,
  },
  'workers-push': {
    title: '4 pushes of 64 MiB at once, one worker and two',
    unit: 'bytes',
    abilities: ['workers'],
    variants: ONE_OR_TWO,
    champion: 'berth/2',
    yardsticks: ['write-fsync'],
    marks: { 'berth/1': { rate: 1.5 } },
    remark: SHARED,
    warmUps: 4,
    measure: (subject) => pushAll(subject, FOUR_PUSHES),
    after: (subject) => checkLayers(subject, FOUR_PUSHES),
  },
  'workers-manifest-get': {
    title: 'manifest GET by tag, 16 connections, one worker and two; the load is on the same cores',
    unit: 'requests',
    abilities: ['workers'],
    tool: 'wrk',
    variants: ONE_OR_TWO,
    champion: 'berth/2',
    marks: { 'berth/1': { rate: 1 } },
    remark: SHARED,
    prepare: async ({ server, image, authorization }) => {
      await assertContent(server, manifestPath(), image.manifest.digest, authorization);
      await assertAccessIsChecked(server, manifestPath());
    },
    measure: async (subject) => requestsOf(await wrk(loadOf(subject, manifestPath()))),
  },
  'memory-idle': {
    title: 'resident memory with nothing to do',
    unit: 'idle',
    abilities: ['registry'],
    runsAtMost: 1,
    warmUps: 0,
    peakLimitMiB: 110,
    remark: 'Under load: the rows of manifest GET and of pushes, and those below.',
    measure: async () => {
      await wait(IDLE_SECONDS * 1000);
      return { amount: IDLE_SECONDS, seconds: IDLE_SECONDS, command: `sleep ${IDLE_SECONDS}` };
    },
  },
  'memory-1g': {
    title: 'peak memory: push and pull of 1 GiB',
    unit: 'bytes',
    abilities: ['registry'],
    runsAtMost: 1,
    warmUps: 0,
    peakLimitMiB: 200,
    measure: async (subject) => {
      const pushed = await pushBlob(subject, HUGE_BYTES);
      const path = blobPath(subject.blob(HUGE_BYTES).digest);
      const pulled = await pull(subject, path, HUGE_BYTES, 1);
      const seconds = pushed.seconds + pulled.seconds;
      return { amount: 2 * HUGE_BYTES, seconds, command: `${pushed.command} && ${pulled.command}` };
    },
    after: (subject) => checkPushed(subject, HUGE_BYTES, { isDurable: true }),
  },
  'memory-200': {
    title: `peak memory: ${UPLOADS_AT_ONCE} uploads of 16 MiB at once`,
    unit: 'bytes',
    abilities: ['registry'],
    runsAtMost: 1,
    warmUps: 0,
    peakLimitMiB: 400,
    measure: async (subject) => {
      const pushed = await pushMany(subject, REPOSITORY, UPLOADS_AT_ONCE, UPLOAD_BYTES);
      subject.digests = pushed.digests;
      return bytesOf(pushed);
    },
    after: async (subject) => {
      const { server, digests, authorization } = subject;
      for (const digest of digests) await assertContent(server, blobPath(digest), digest, authorization);
      removeStoredBlobs(server, UPLOAD_BYTES);
      return undefined;
    },
  },
} as const satisfies Record<string, Row>;

async function startAgain({ server }: Subject): Promise<Sample> {
  let seconds = 0;
  let cpuSeconds = 0;
  for (let count = 0; count < STARTS; count += 1) {
    seconds += await server.restart();
    cpuSeconds += server.cpuSeconds();
  }
  return { amount: STARTS, seconds, cpuSeconds, command: `${server.commandLine} & curl ${server.base}/v2/` };
}
