/** A server that was started for a row: its address, what it has cost, and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Launch, ServerKind, ServerName } from '../servers.ts';
import { cpuSeconds, forgetPeak, peakBytes } from './process-tree.ts';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 20_000;

export interface StartOptions {
  readonly name: ServerName;
  readonly kind: ServerKind;
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  readonly launch: Launch;
}

export class RunningServer {
  readonly name: ServerName;
  readonly kind: ServerKind;
  readonly folder: string;
  readonly base: string;
  /** As a person would type it. */
  readonly commandLine: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #logFile: string;

  /** Starts it; answers when it answers. */
  static async start(options: StartOptions): Promise<RunningServer> {
    const server = new RunningServer(options);
    try {
      await server.#untilItAnswers();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor({ name, kind, program, folder, port, launch }: StartOptions) {
    this.name = name;
    this.kind = kind;
    this.folder = folder;
    this.base = `http://127.0.0.1:${port}`;
    const variables = Object.entries(launch.env ?? {}).map(([key, value]) => `${key}=${value}`);
    this.commandLine = [...variables, program, ...launch.args].join(' ');
    this.#logFile = join(folder, 'server.log');
    const log = openSync(this.#logFile, 'a', 0o600);
    const env = { ...process.env, ...launch.env };
    this.#child = spawn(program, launch.args, { cwd: folder, env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', resolve);
      this.#child.once('error', resolve);
    });
  }

  get dataFolder(): string {
    return join(this.folder, this.kind.dataFolder);
  }

  cpuSeconds(): number {
    return cpuSeconds(this.#pid);
  }

  peakBytes(): number {
    return peakBytes(this.#pid);
  }

  forgetPeak(): void {
    forgetPeak(this.#pid);
  }

  /** Asks it to end; kills it when it doesn't. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  get #pid(): number {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) throw this.#gone();
    return pid;
  }

  async #untilItAnswers(): Promise<void> {
    const untilMs = performance.now() + START_LIMIT_MS;
    while (performance.now() < untilMs) {
      if (this.#child.exitCode !== null || this.#child.pid === undefined) throw this.#gone();
      const answer = await fetch(`${this.base}/v2/`, { signal: AbortSignal.timeout(2000) }).catch(
        () => undefined,
      );
      if (answer !== undefined) return void (await answer.arrayBuffer());
      await wait(50);
    }
    throw new Error(`${this.kind.title} didn't answer within ${START_LIMIT_MS / 1000} s`);
  }

  #gone(): Error {
    const log = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    return new Error(`${this.kind.title} has ended\n$ ${this.commandLine}\n${log}`);
  }
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const bound = server.address();
    server.close(() =>
      bound === null || typeof bound === 'string' ? reject(new Error('no port')) : resolve(bound.port),
    );
  });
  return await promise;
}
