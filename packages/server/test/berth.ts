// The program as a process: for the tests of what only a process shows.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
/** `BERTH_BINARY` names the binary that is to be tested in place of the sources. */
const binary = process.env['BERTH_BINARY'];
const [program, ...programArguments] = binary === undefined ? [process.execPath, main] : [resolve(binary)];

/** No test needs a process for longer; what hangs is killed. */
const limitMs = 20_000;

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** As another user, where the tests run as root. */
  readonly uid?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Berth {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';
  #isOver = false;
  readonly #heard = new Set<() => void>();

  constructor(args: readonly string[], { env = {}, cwd, uid }: StartOptions = {}) {
    const { BERTH_ADMIN_PASSWORD: _, ...inherited } = process.env;
    const options = {
      cwd,
      uid,
      timeout: limitMs,
      killSignal: 'SIGKILL' as const,
      env: { ...inherited, ...env },
    };
    this.child = spawn(program, [...programArguments, ...args], options);
    this.child.stdout?.on('data', (chunk) => this.#hear('stdout', chunk));
    this.child.stderr?.on('data', (chunk) => this.#hear('stderr', chunk));
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.#isOver = true;
      for (const heard of this.#heard) heard();
      return { code, signal, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** The first match in what the program has written, or will write, to stdout. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (this.#isOver) throw new Error(`berth ended without ${pattern}:\n${this.stdout}\n${this.stderr}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#heard.add(resolve);
      await promise;
      this.#heard.delete(resolve);
    }
  }

  /** Where it listens, for a client on this machine. */
  async url(): Promise<string> {
    return (await this.said(/listening on (\S+)\n/))[1]?.replace('[::]', 'localhost') ?? '';
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  #hear(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this[stream] += chunk.toString();
    for (const heard of this.#heard) heard();
  }
}

const started: Berth[] = [];
const folders: string[] = [];

/** A process that ends with the test, if not before. */
export function berth(args: readonly string[], options?: StartOptions): Berth {
  const one = new Berth(args, options);
  started.push(one);
  return one;
}

/** A registry on a free port, with its data in a folder of its own unless `args` say otherwise. */
export async function serve(args: readonly string[] = [], options?: StartOptions): Promise<Berth> {
  const data =
    args.includes('--data') || args.includes('--storage') ? [] : ['--data', join(await folder(), 'data')];
  return berth(['serve', '--addr', '127.0.0.1:0', ...data, ...args], options);
}

/** A folder that goes with the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'berth-server-'));
  folders.push(path);
  return path;
}

/** For `afterEach`. */
export async function cleanUp(): Promise<void> {
  await Promise.all(started.splice(0).map((one) => one.stop('SIGKILL')));
  await Promise.all(folders.splice(0).map((path) => rm(path, { recursive: true, force: true })));
}
