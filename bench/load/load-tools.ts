/**
 * The programs that make many small requests. wrk for GET; ab for HEAD, as wrk waits for the body that the answer
 * to a HEAD announces and never gets.
 */
import { ACCEPT } from '../data/fill.ts';
import { findProgram } from '../harness/programs.ts';
import { runToEnd } from '../harness/run-to-end.ts';

export interface Load {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** What was run, with the secret left out. */
  readonly command: string;
}

const PACKAGES = { wrk: 'Debian package wrk', ab: 'Debian package apache2-utils' } as const;

export type LoadTool = keyof typeof PACKAGES;

/** What to install, for the tools that this machine lacks. */
export function missingTool(tool: LoadTool): string | undefined {
  return findProgram(tool) === undefined ? `${tool} is missing: install ${PACKAGES[tool]}` : undefined;
}

export interface Script {
  readonly file: string;
  readonly args: readonly string[];
}

/** One thread: with more, the load takes the core that the server needs. */
export async function wrk(
  { url, authorization, connections, seconds }: Load,
  script?: Script,
): Promise<LoadResult> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s'];
  if (script !== undefined) args.push('-s', script.file);
  const rest = script === undefined ? [] : ['--', ...script.args];
  const { output, command } = await run('wrk', args, authorization, url, seconds, rest);
  const failed = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(output)?.[0];
  const counted = /(\d+) requests in ([\d.]+)(ms|s|m),/.exec(output);
  if (failed !== undefined || counted === null) throw new Error(`${command}: ${failed ?? output}`);
  const unit = { ms: 0.001, s: 1, m: 60 }[counted[3] ?? 's'] ?? 1;
  const requests = Number(counted[1]);
  if (requests === 0) throw new Error(`${command}: no answer in ${seconds} s`);
  return { requests, seconds: Number(counted[2]) * unit, command };
}

/** @param status what every answer must have; any but a 2xx is counted as one thing by ab */
export async function ab(
  { url, authorization, connections, seconds }: Load,
  status: 200 | 404,
): Promise<LoadResult> {
  // -t alone would stop at 50,000 requests.
  const args = ['-k', '-i', '-q', '-r', '-c', String(connections), '-t', String(seconds), '-n', '100000000'];
  const { output, command } = await run('ab', args, authorization, url, seconds);
  const number = (label: string): number =>
    Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(output)?.[1] ?? 0);
  const requests = number('Complete requests');
  const others = number('Non-2xx responses');
  const failed = number('Failed requests') + (status === 200 ? others : requests - others);
  if (requests === 0 || failed > 0) throw new Error(`${command}: ${failed} of ${requests} requests failed`);
  return { requests, seconds: number('Time taken for tests'), command };
}

async function run(
  tool: LoadTool,
  args: readonly string[],
  authorization: string | undefined,
  url: string,
  seconds: number,
  rest: readonly string[] = [],
): Promise<{ output: string; command: string }> {
  const program = findProgram(tool);
  if (program === undefined) throw new Error(missingTool(tool));
  const accept = ['-H', `Accept: ${ACCEPT}`];
  const header = authorization === undefined ? [] : ['-H', `Authorization: ${authorization}`];
  const shown = header.length === 0 ? [] : ['-H', `"Authorization: ${withoutSecret(authorization)}"`];
  const output = await runToEnd(program, [...args, ...accept, ...header, url, ...rest], {
    limitMs: seconds * 1000 + 30_000,
  });
  const words = [tool, ...args, '-H', `'Accept: ${ACCEPT}'`, ...shown, `'${url}'`, ...rest];
  return { output, command: words.join(' ') };
}

function withoutSecret(authorization = ''): string {
  return authorization.startsWith('Basic ') ? 'Basic $BASIC' : 'Bearer $TOKEN';
}
