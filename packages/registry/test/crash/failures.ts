/** Which calls of a disk fail in a trial, and how. */

import { randomFrom } from '../disks/random.ts';
import type { DiskCall, DiskCallKind } from '../disks/simulated-disk.ts';
import type { Failing } from './trials.ts';

const TAKES_ROOM: ReadonlySet<DiskCallKind> = new Set([
  'create',
  'mkdir',
  'rename',
  'link',
  'write',
  'file-sync',
  'folder-sync',
]);
const TAKES_HANDLE: ReadonlySet<DiskCallKind> = new Set(['open', 'create', 'readdir']);

/** The codes that calls may fail with. */
const CODES: readonly (readonly [code: string, mayFail: (call: DiskCall) => boolean])[] = [
  ['ENOSPC', ({ kind }) => TAKES_ROOM.has(kind)],
  ['EDQUOT', ({ kind }) => TAKES_ROOM.has(kind)],
  ['EROFS', ({ kind, isChange }) => isChange && !kind.endsWith('sync')],
  ['EMFILE', ({ kind }) => TAKES_HANDLE.has(kind)],
];

export interface Failure {
  readonly name: string;
  readonly failing: Failing;
}

/** One call fails with an input or output error. */
export function brokenCall(call: DiskCall): Failure {
  return {
    name: `EIO at ${describe(call)}`,
    failing: ({ number }) => (number === call.number ? 'EIO' : undefined),
  };
}

/** Something else that may happen at that call: to it alone, or to every such call from then on. */
export function drawnFailure(call: DiskCall, seed: number): Failure {
  const random = randomFrom(seed);
  const possible = CODES.filter(([, mayFail]) => mayFail(call));
  const [code, mayFail] = random.pick([['EIO', () => true] as const, ...possible, ...possible]);
  if (random.chance(0.4)) {
    return {
      name: `${code} at ${describe(call)}`,
      failing: ({ number }) => (number === call.number ? code : undefined),
    };
  }
  return {
    name: `${code} from ${describe(call)}`,
    failing: (other) => (other.number >= call.number && mayFail(other) ? code : undefined),
  };
}

function describe({ number, kind, path }: DiskCall): string {
  return `call ${number}, ${kind} ${path}`;
}
