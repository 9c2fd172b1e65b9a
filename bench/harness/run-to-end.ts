/** A program that runs to its end within a limit. It knows no particular program. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/** What it printed. @throws Error with its output when its exit code isn't 0; at the limit it is killed */
export async function runToEnd(file: string, args: readonly string[], options: RunOptions): Promise<string> {
  const child = spawn(file, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.limitMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('error', reject);
  child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  const end = await promise;
  if (end === 'exit code 0') return stdout;
  throw new Error(`${file} ${args.join(' ')}: ${end}\n${stdout}${stderr}`.trimEnd());
}
