// Uploads that nobody finishes are thrown away: at start and by interval, by one process of those that share a volume.

import type { PurgeResult, Registry } from '@berth/registry';
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

/** A dry run is for people who read what would go. */
function tellOf({ purged }: PurgeResult, { dryRun }: Purging, log: Log): void {
  const tell = dryRun ? log.info : log.debug;
  for (const { name, id } of purged) {
    tell(dryRun ? 'an unfinished upload would go' : 'an unfinished upload went', {
      repository: name,
      upload: id,
    });
  }
  tell(`${dryRun ? 'dry run of the ' : ''}purge of unfinished uploads`, { uploads: purged.length });
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
      if (result === undefined) log.debug('the purge of unfinished uploads was left to another process');
      else tellOf(result, purging, log);
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
