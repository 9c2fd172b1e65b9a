/** How long the binary takes from its start to the first answer: what somebody waits who restarts a registry. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { listeningUrl } from './served.ts';

const STARTS = 9;
const LIMIT_MS = 60_000;

/** Milliseconds, the median of a few starts on a volume that is there already. */
export async function medianStartMs(
  binary: string,
  folder: string,
  args: readonly string[],
): Promise<number> {
  const data = join(folder, 'data');
  await startMs(binary, ['--data', data, ...args]); // makes the first start's files, and warms the page cache
  const times: number[] = [];
  for (let n = 0; n < STARTS; n += 1) times.push(await startMs(binary, ['--data', data, ...args]));
  return times.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN;
}

async function startMs(binary: string, args: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(binary, ['serve', '--addr', '127.0.0.1:0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'exit');
  await answered(`${await listeningUrl(child)}/v2/`);
  const durationMs = performance.now() - startedMs;
  child.kill('SIGTERM');
  await ended;
  return durationMs;
}

function answered(url: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  get(url, { agent: false }, (answer) => {
    answer.resume();
    answer.once('end', resolve);
  }).once('error', reject);
  return promise;
}
