// From "listening" to the end of the process: signals, the graceful stop, and what nobody caught.

import type { Listening } from './http/listen.ts';
import type { Log } from './log/log.ts';

export interface Running {
  readonly listening: Listening;
  readonly log: Log;
  readonly drainTimeoutMs: number;
  /** Ends what is behind the listener, after the last request. */
  readonly close: () => Promise<void>;
}

const stopSignals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Waits for SIGTERM or SIGINT and stops gracefully; a second signal stops at once.
 * @returns the exit code
 */
export async function untilStopped({ listening, log, drainTimeoutMs, close }: Running): Promise<number> {
  const crash = (error: unknown) => {
    log.error('unexpected error, stopping', { cause: error instanceof Error ? error.stack : String(error) });
    log.flush();
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const signal = await stopSignal();
  log.info(`${signal}: stopping; running transfers may finish`, { withinMs: drainTimeoutMs });
  stopSignal().then((second) => {
    log.warn(`${second}: stopping at once`);
    log.flush();
    process.exit(0);
  });
  await listening.drain(drainTimeoutMs);
  await close();
  log.info('stopped');
  log.flush();
  return 0;
}

function stopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of stopSignals) process.once(signal, resolve);
  return promise.finally(() => {
    for (const signal of stopSignals) process.off(signal, resolve);
  });
}
