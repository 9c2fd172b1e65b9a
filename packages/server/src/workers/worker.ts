// A worker: serves what the primary hands it, until the primary says so or is gone. Signals are the primary's: one from a
// terminal reaches every process of the group, and none of them may end before its transfers.

import cluster from 'node:cluster';
import { StartError } from '../errors.ts';
import type { WrongProtocol } from '../http/wrong-protocol.ts';
import type { Log } from '../log/log.ts';
import { processLog } from '../log/process-log.ts';
import { type Serving, startServing } from '../serving/serving.ts';
import { endOnCrash, stopSignals } from '../until-stopped.ts';
import { PrimaryLine } from './primary-line.ts';

/** @returns the exit code */
export async function run(): Promise<number> {
  for (const signal of [...stopSignals, 'SIGHUP'] as const) process.on(signal, () => undefined);
  if (cluster.worker === undefined) throw new Error('a worker is started by its primary');
  const primary = new PrimaryLine(cluster.worker);
  const told = await Promise.race([primary.serve, primary.stop]);
  if (told.kind !== 'serve') return 0;
  const { settings, share } = told;
  const { drainTimeoutMs } = settings.options;
  const log = processLog(settings.options);
  endOnCrash(log);
  primary.onEnd(() => {
    log.flush();
    process.exit(0);
  });
  const tellOfWrongProtocol = (what: WrongProtocol) => void primary.say({ kind: 'wrong-protocol', what });
  const serving = await startOrTell(primary, () =>
    startServing(settings, { ...share, loginAttempts: primary.attempts, tellOfWrongProtocol }, log),
  );
  if (serving === undefined) return 1;
  primary.onCertificate((pair) => serving.listening.renew(pair));
  primary.onChallenge((host, pair) => serving.listening.challenge(host, pair));
  await primary.say({ kind: 'listening', url: serving.listening.url });
  const stop = await primary.stop;
  return drain(serving, primary, stop.kind === 'drain' ? stop.timeoutMs : drainTimeoutMs, log);
}

async function startOrTell(
  primary: PrimaryLine,
  start: () => Promise<Serving>,
): Promise<Serving | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    await primary.say({ kind: 'failed', lines: error.lines });
    return undefined;
  }
}

async function drain(serving: Serving, primary: PrimaryLine, timeoutMs: number, log: Log): Promise<number> {
  const drained = serving.listening.drain(timeoutMs);
  await primary.say({ kind: 'closed' });
  await drained;
  await serving.close();
  log.flush();
  return 0;
}
