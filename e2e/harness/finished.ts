/**
 * A program that ran to its end: what it said and how long it took. It knows no particular program.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export interface Finished {
  readonly commandLine: string;
  /** The exit code; undefined when a signal ended it, the time limit's among them. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** After this the program and its children are killed. */
  readonly limitMs: number;
  readonly input?: string;
  /** Where standard output goes instead of into memory. */
  readonly stdoutFile?: string;
  readonly signal?: AbortSignal;
}

/** How much of each stream is kept: a client's whole output in practice, never a layer. */
const KEPT_CHARACTERS = 1024 * 1024;

/** Runs `file` to its end in a process group of its own, so that the limit reaches its children too. */
export async function runToEnd(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const startedMs = performance.now();
  const child = spawn(file, args, { cwd: options.cwd, env: options.env, detached: true, stdio: 'pipe' });
  const killGroup = () => killProcessGroup(child.pid);
  const timer = setTimeout(killGroup, options.limitMs);
  options.signal?.addEventListener('abort', killGroup, { once: true });
  const output = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => keep(output, 'stderr', text));
  const toFile =
    options.stdoutFile === undefined
      ? undefined
      : pipeline(child.stdout, createWriteStream(options.stdoutFile));
  if (toFile === undefined)
    child.stdout.setEncoding('utf8').on('data', (text: string) => keep(output, 'stdout', text));
  child.stdin.on('error', () => {}); // a program that ends without reading its input is its own affair
  child.stdin.end(options.input ?? '');
  try {
    const code = await new Promise<number | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (value) => resolve(value ?? undefined));
    });
    await toFile;
    return {
      commandLine: [file, ...args].join(' '),
      code,
      ...output,
      durationMs: performance.now() - startedMs,
    };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', killGroup);
  }
}

function keep(output: { stdout: string; stderr: string }, stream: 'stdout' | 'stderr', text: string): void {
  output[stream] = (output[stream] + text).slice(-KEPT_CHARACTERS);
}

/** SIGKILL to the process and everything it started, if it is still there. */
export function killProcessGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended already
  }
}
