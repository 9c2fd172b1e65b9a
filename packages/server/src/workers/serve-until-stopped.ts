// One process or several, to the end. With one there is no other: it serves itself.

import { removeStaleSocket } from '../http/stale-socket.ts';
import type { Log } from '../log/log.ts';
import type { Settings } from '../serving/settings.ts';
import { untilStopped } from '../until-stopped.ts';
import { dismissFirstWorker } from './first-worker.ts';

/**
 * Serves until a signal ends it.
 * @returns the exit code
 * @throws StartError
 */
export async function serveUntilStopped(settings: Settings, log: Log): Promise<number> {
  await removeStaleSocket(settings.address);
  if (settings.tls !== undefined) await warnOfCertificate(settings, settings.tls.cert, log);
  if (settings.options.workers === 1) dismissFirstWorker();
  return settings.options.workers === 1 ? serveAlone(settings, log) : watchWorkers(settings, log);
}

async function warnOfCertificate(settings: Settings, pem: string, log: Log): Promise<void> {
  const { certificateWarnings } = await import('../http/tls.ts');
  for (const warning of certificateWarnings(pem, Date.now())) log.warn(warning);
  const { hostWarnings, toldHosts } = await import('../http/certificate-hosts.ts');
  const base = settings.kind === 'token-server' ? '' : settings.behaviour.host;
  // Names may have to be looked up, and nobody waits for that.
  hostWarnings(pem, toldHosts(settings, base)).then(
    (warnings) => {
      for (const warning of warnings) log.warn(warning);
    },
    (error: unknown) => log.error(String(error)),
  );
}

// Each loads what it needs: whoever only watches has no use for what serves.

async function serveAlone(settings: Settings, log: Log): Promise<number> {
  const { startServing } = await import('../serving/serving.ts');
  const { everything } = await import('../serving/share.ts');
  const { listening, close } = await startServing(settings, everything, log);
  log.listening(listening.url);
  return untilStopped({ listening, close, log, drainTimeoutMs: settings.options.drainTimeoutMs });
}

async function watchWorkers(settings: Settings, log: Log): Promise<number> {
  const { Workers } = await import('./workers.ts');
  const workers = await Workers.start(settings, log);
  log.listening(workers.url);
  return untilStopped({
    listening: workers,
    closeListeners: (timeoutMs) => workers.closeListeners(timeoutMs),
    abandon: () => workers.endAtOnce(),
    close: async () => {},
    log,
    drainTimeoutMs: settings.options.drainTimeoutMs,
  });
}
