// From "listening" to the end of the process: signals, the graceful stop, and what nobody caught.

import type { Listening } from './http/listen.ts';
import type { Log } from './log/log.ts';

export interface Running {
  readonly listening: Pick<Listening, 'url' | 'drain'>;
  readonly log: Log;
  readonly drainTimeoutMs: number;
  /** Ends what is behind the listener, after the last request. */
  readonly close: () => Promise<void>;
  /** Resolves when nobody new is let in, where that takes its time: nothing is said of the stop before. */
  readonly closeListeners?: (timeoutMs: number) => Promise<void>;
  /** Ends what would go on after this process, when a second signal comes. */
  readonly abandon?: () => Promise<void>;
}

export const stopSignals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Tells where it listens, waits for SIGTERM or SIGINT and stops gracefully; a second signal stops at once.
 * @returns the exit code
 */
export async function untilStopped(running: Running): Promise<number> {
  const { listening, log, drainTimeoutMs, close } = running;
  endOnCrash(log);
  // Before anybody is told that there is something to stop.
  const stopping = stopSignal();
  log.listening(listening.url);
  const signal = await stopping;
  stopSignal().then(async (second) => {
    log.warn(`${second}: stopping at once`);
    await running.abandon?.();
    log.flush();
    process.exit(0);
  });
  await running.closeListeners?.(drainTimeoutMs);
  log.info(`${signal}: stopping; running transfers may finish`, { withinMs: drainTimeoutMs });
  await listening.drain(drainTimeoutMs);
  await close();
  log.info('stopped');
  log.flush();
  return 0;
}

/** What nobody caught ends the process, after a line in the log. */
export function endOnCrash(log: Log): void {
  const crash = (error: unknown) => {
    log.error('unexpected error, stopping', { cause: error instanceof Error ? error.stack : String(error) });
    log.flush();
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

function stopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of stopSignals) process.once(signal, resolve);
  return promise.finally(() => {
    for (const signal of stopSignals) process.off(signal, resolve);
  });
}
