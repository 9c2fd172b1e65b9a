// One process or several, to the end. With one there is no other: it serves itself.

import type { AcmeListener } from '../acme/acme-keeper.ts';
import type { AcmeSettings } from '../acme/acme-settings.ts';
import { removeStaleSocket } from '../http/stale-socket.ts';
import type { KeyPair } from '../http/tls.ts';
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
  if (settings.tls?.acme !== undefined) {
    const { prepareCache } = await import('../acme/acme-cache.ts');
    await prepareCache(settings.tls.acme);
  }
  if (settings.options.workers === 1) dismissFirstWorker();
  return settings.options.workers === 1 ? serveAlone(settings, log) : watchWorkers(settings, log);
}

// Each loads what it needs: whoever only watches has no use for what serves.

async function serveAlone(settings: Settings, log: Log): Promise<number> {
  const { startServing } = await import('../serving/serving.ts');
  const { everything } = await import('../serving/share.ts');
  const { listening, close } = await startServing(settings, everything, log);
  const unwatch = await watch(settings, listening, log);
  return untilStopped({
    listening,
    close: () => close().finally(unwatch),
    log,
    drainTimeoutMs: settings.options.drainTimeoutMs,
  });
}

async function watchWorkers(settings: Settings, log: Log): Promise<number> {
  const { Workers } = await import('./workers.ts');
  const workers = await Workers.start(settings, log);
  const unwatch = await watch(settings, workers, log);
  return untilStopped({
    listening: workers,
    closeListeners: (timeoutMs) => workers.closeListeners(timeoutMs),
    abandon: () => workers.endAtOnce(),
    close: async () => unwatch(),
    log,
    drainTimeoutMs: settings.options.drainTimeoutMs,
  });
}

/**
 * The certificate, where there is one: its files from time to time, and at once at SIGHUP; or the authority that gives it.
 * @returns what ends it
 */
async function watch(settings: Settings, listening: AcmeListener, log: Log): Promise<() => void> {
  const { tls } = settings;
  if (tls === undefined) return () => undefined;
  if (tls.acme !== undefined) return keepCertified(tls, tls.acme, listening, log);
  const { watchCertificate } = await import('../http/certificate-watch.ts');
  const renew = (pair: KeyPair) => {
    listening.renew(pair);
    void warnOfHosts(settings, pair.cert, log);
  };
  const watched = watchCertificate(tls, renew, log);
  void warnOfHosts(settings, tls.cert, log);
  process.on('SIGHUP', () => void watched?.lookAsAsked());
  return () => watched?.stop();
}

async function keepCertified(
  { cert, key }: KeyPair,
  settings: AcmeSettings,
  listener: AcmeListener,
  log: Log,
): Promise<() => void> {
  const { AcmeKeeper } = await import('../acme/acme-keeper.ts');
  const pair = cert === '' ? undefined : { cert, key };
  const keeper = new AcmeKeeper({ settings, pair, listener, log }).start();
  // There are no files to look at, but who sends it as for files must not end the server.
  process.on('SIGHUP', () => undefined);
  return () => keeper.stop();
}

/** Names may have to be looked up: nobody waits for that. */
async function warnOfHosts(settings: Settings, pem: string, log: Log): Promise<void> {
  try {
    const { hostWarnings, toldHosts } = await import('../http/certificate-hosts.ts');
    const base = settings.kind === 'token-server' ? '' : settings.behaviour.host;
    for (const warning of await hostWarnings(pem, toldHosts(settings, base))) log.warn(warning);
  } catch (error) {
    log.error(String(error));
  }
}
