/** What rows of every group share: a load on a path, and what came of it. */
import type { Load, LoadResult } from '../load/load-tools.ts';
import type { Sample } from '../row.ts';
import type { Subject } from '../subject.ts';

export const MIB = 1024 * 1024;

export function loadOf({ server, authorization, seconds }: Subject, path: string): Load {
  return { url: server.base + path, authorization, connections: 16, seconds };
}

export function requestsOf({ requests, seconds, command }: LoadResult): Sample {
  return { amount: requests, seconds, command };
}

export function bytesOf(moved: { bytes: number; seconds: number; command: string }): Sample {
  return { amount: moved.bytes, seconds: moved.seconds, command: moved.command };
}
