// Uploads that nobody finishes are thrown away: at start and by interval, by one process of those that share a volume.

import type { Registry } from '@berth/registry';
import { underLease } from './lease.ts';
import type { Log } from './log/log.ts';
import type { Purging } from './serving/behaviour.ts';

export interface PurgeOptions {
  readonly registry: Registry;
  /** Where the lease is kept; undefined where no other process can see the uploads. */
  readonly leaseDirectory: string | undefined;
  readonly log: Log;
  readonly purging: Purging;
}

/** Starts with a purge. @returns a function that ends it all; it resolves when a running purge has ended */
export function startPurging({ registry, leaseDirectory, log, purging }: PurgeOptions): () => Promise<void> {
  const stopped = new AbortController();
  const purge = (signal: AbortSignal) =>
    registry.purgeUploads({
      olderThanMs: purging.ageMs,
      dryRun: purging.dryRun,
      signal: AbortSignal.any([signal, stopped.signal]),
    });
  const once = async () => {
    try {
      const result =
        leaseDirectory === undefined
          ? await purge(stopped.signal)
          : await underLease({ directory: leaseDirectory, name: 'purge-uploads' }, purge);
      const tell = purging.dryRun ? log.info : log.debug;
      tell(`${purging.dryRun ? 'dry run of the ' : ''}purge of unfinished uploads`, {
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
  }, purging.intervalMs).unref();
  return async () => {
    clearInterval(timer);
    stopped.abort();
    await running;
  };
}
