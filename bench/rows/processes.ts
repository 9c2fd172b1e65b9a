/** What a server costs as a process: its memory. */
import { blobPath, REPOSITORY } from '../data/fill.ts';
import { pull, pushMany } from '../load/transfers.ts';
import { assertContent, removeStoredBlobs } from '../promises.ts';
import type { Row } from '../row.ts';
import { checkPushed, pushBlob } from './pushes.ts';
import { bytesOf, MIB } from './samples.ts';

const HUGE_BYTES = 1024 * MIB;
const UPLOADS_AT_ONCE = 200;
const UPLOAD_BYTES = 16 * MIB;

export const PROCESSES = {
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
