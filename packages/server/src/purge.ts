// Uploads that nobody finishes are thrown away: at start and by interval, by one process of those that share a volume.

import type { Registry } from '@berth/registry';
import { underLease } from './lease.ts';
import { serverLimits } from './limits.ts';
import type { Log } from './log/log.ts';

export interface PurgeOptions {
  readonly registry: Registry;
  /** Where the lease is kept; undefined where no other process can see the uploads. */
  readonly leaseDirectory: string | undefined;
  readonly log: Log;
}

/** Starts with a purge. @returns a function that ends it all; it resolves when a running purge has ended */
export function startPurging({ registry, leaseDirectory, log }: PurgeOptions): () => Promise<void> {
  const stopped = new AbortController();
  const purge = (signal: AbortSignal) =>
    registry.purgeUploads({
      olderThanMs: serverLimits.uploadAgeMs,
      signal: AbortSignal.any([signal, stopped.signal]),
    });
  const once = async () => {
    try {
      const result =
        leaseDirectory === undefined
          ? await purge(stopped.signal)
          : await underLease({ directory: leaseDirectory, name: 'purge-uploads' }, purge);
      log.debug('purge of unfinished uploads', {
        result: result === undefined ? 'left to another process' : JSON.stringify(result),
      });
    } catch (error) {
      if (!stopped.signal.aborted)
        log.error('the purge of unfinished uploads failed', { cause: String(error) });
    }
  };
  let running = once();
  const timer = setInterval(() => {
    running = running.then(once);
  }, serverLimits.purgeIntervalMs).unref();
  return async () => {
    clearInterval(timer);
    stopped.abort();
    await running;
  };
}
