/** A server that was started for a row: its address, what it has cost, and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Launch, ServerKind, ServerName } from '../servers.ts';
import { cpuSeconds, forgetPeak, peakBytes } from './process-tree.ts';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 20_000;
/** How often a start that is measured is looked at: it is measured as finely as that. */
const LOOK_MS = 2;

export interface StartOptions {
  readonly name: ServerName;
  readonly kind: ServerKind;
  readonly program: string;
  readonly folder: string;
  /** Where it keeps what is pushed. */
  readonly dataFolder: string;
  readonly base: string;
  readonly launch: Launch;
}

export class RunningServer {
  readonly name: ServerName;
  readonly kind: ServerKind;
  readonly folder: string;
  readonly dataFolder: string;
  readonly base: string;
  /** As a person would type it. */
  readonly commandLine: string;
  readonly #options: StartOptions;
  readonly #logFile: string;
  #child: ChildProcess;
  #ended: Promise<unknown>;

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

  private constructor(options: StartOptions) {
    const { name, kind, program, folder, dataFolder, base, launch } = options;
    this.#options = options;
    this.name = name;
    this.kind = kind;
    this.folder = folder;
    this.dataFolder = dataFolder;
    this.base = base;
    const variables = Object.entries(launch.env ?? {}).map(([key, value]) => `${key}=${value}`);
    this.commandLine = [...variables, program, ...launch.args].join(' ');
    this.#logFile = join(folder, 'server.log');
    ({ child: this.#child, ended: this.#ended } = this.#spawn());
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

  /** Ends it and starts it anew. Seconds from the start to the first answer, whatever that is. */
  async restart(): Promise<number> {
    await this.stop();
    const startedMs = performance.now();
    ({ child: this.#child, ended: this.#ended } = this.#spawn());
    const { hostname, port } = new URL(this.base);
    while (!(await answers(hostname, Number(port)))) {
      if (this.#child.exitCode !== null) throw this.#gone();
      if (performance.now() - startedMs > START_LIMIT_MS) throw this.#late();
      await wait(LOOK_MS);
    }
    return (performance.now() - startedMs) / 1000;
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

  #spawn(): { child: ChildProcess; ended: Promise<unknown> } {
    const { program, folder, launch } = this.#options;
    const log = openSync(this.#logFile, 'a', 0o600);
    const env = { ...process.env, ...launch.env };
    const child = spawn(program, launch.args, { cwd: folder, env, stdio: ['ignore', log, log] });
    closeSync(log);
    const ended = new Promise((resolve) => {
      child.once('exit', resolve);
      child.once('error', resolve);
    });
    return { child, ended };
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
    throw this.#late();
  }

  #late(): Error {
    return new Error(`${this.kind.title} didn't answer within ${START_LIMIT_MS / 1000} s`);
  }

  #gone(): Error {
    const log = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    return new Error(`${this.kind.title} has ended\n$ ${this.commandLine}\n${log}`);
  }
}

/** Whether the first byte of an answer came. */
async function answers(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, host, () => {
    socket.write(`GET /v2/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
  socket.once('data', () => resolve(true));
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  const isAnswered = await promise;
  socket.destroy();
  return isAnswered;
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
