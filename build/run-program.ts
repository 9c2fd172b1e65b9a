/** A program of this machine, run to its end. */

import { spawnSync } from 'node:child_process';

const LIMIT_MS = 300_000;

/** What it wrote to stdout. @throws with what it said, where it is missing or its exit code is not 0 */
export function runProgram(file: string, args: readonly string[], cwd?: string): string {
  const { error, status, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    cwd,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  return stdout;
}
