/** What V8 compiles of the program until it has served: made by running it once, in memory, on the Node that it is for. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { listeningUrl, useRegistry } from './served.ts';

/**
 * As packages/server/src/main.js says, from the first line on: to say it later, Node would load a part of itself. V8 takes
 * a cache only where it was started with the same flags as when it was made.
 */
export const V8_FLAGS: readonly string[] = ['--semi-space-growth-factor=1'];

const WARM = join(import.meta.dirname, 'program', 'warm.cjs');
const LIMIT_MS = 60_000;

/** @throws where the program doesn't serve */
export async function makeCodeCache(node: string, sourceFile: string, cacheFile: string): Promise<void> {
  const password = randomBytes(16).toString('hex');
  const child = spawn(
    node,
    [...V8_FLAGS, WARM, sourceFile, cacheFile, 'serve', '--storage', 'inmemory', '--addr', '127.0.0.1:0'],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { BERTH_ADMIN_PASSWORD: password },
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    },
  );
  const ended = once(child, 'exit');
  await useRegistry(await listeningUrl(child), password);
  child.send('write');
  const [code] = await ended;
  if (code !== 0) throw new Error(`the program ended with ${code} while its code cache was made`);
}
