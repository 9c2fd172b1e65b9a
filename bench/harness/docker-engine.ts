/**
 * A Docker engine of the benchmark's own, as root: no bridge, no firewall rules, nothing of an engine that may
 * already run on this machine. It keeps its data on the filesystem that is measured.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findProgram } from './programs.ts';
import { runToEnd } from './run-to-end.ts';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const COMMAND_LIMIT_MS = 300_000;
/** Debian's client is older than what today's engine still speaks by itself. */
const OLDEST_API = { DOCKER_MIN_API_VERSION: '1.24' };

/** Why no engine can be started here; undefined where one may be. */
export function missingForEngine(): string | undefined {
  const programs = ['docker', 'dockerd', 'containerd'].filter((name) => findProgram(name) === undefined);
  if (programs.length > 0) return `${programs.join(', ')} missing (Debian package docker.io)`;
  return process.getuid?.() === 0 ? undefined : 'a Docker engine needs root';
}

export class DockerEngine {
  readonly #child: ChildProcess;
  readonly #sockets: string;
  readonly #logFile: string;

  /** Starts it; answers when it answers. @throws Error with the end of its log */
  static async start(folder: string): Promise<DockerEngine> {
    const engine = new DockerEngine(mkdtempSync(join(folder, 'docker-')));
    try {
      await engine.#untilItAnswers();
      return engine;
    } catch (error) {
      await engine.stop();
      throw error;
    }
  }

  private constructor(folder: string) {
    // The path of a socket has at most 107 bytes.
    this.#sockets = mkdtempSync(join(tmpdir(), 'bench-docker-'));
    this.#logFile = join(folder, 'engine.log');
    const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
    const folders = ['--data-root', join(folder, 'data'), '--exec-root', join(this.#sockets, 'exec')];
    const rest = ['-p', join(this.#sockets, 'pid'), '--insecure-registry', '127.0.0.0/8', '-H', this.#host];
    const log = openSync(this.#logFile, 'a', 0o600);
    this.#child = spawn(findProgram('dockerd') ?? 'dockerd', [...network, ...folders, ...rest], {
      env: { ...process.env, ...OLDEST_API },
      stdio: ['ignore', log, log],
    });
    this.#child.once('error', () => undefined);
    closeSync(log);
  }

  /** What the docker client printed. @throws Error when it failed */
  async run(args: readonly string[]): Promise<string> {
    return await runToEnd(findProgram('docker') ?? 'docker', args, {
      env: { DOCKER_HOST: this.#host, DOCKER_CONFIG: this.#sockets },
      limitMs: COMMAND_LIMIT_MS,
    });
  }

  async stop(): Promise<void> {
    if (this.#isRunning) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.#sockets, { recursive: true, force: true });
  }

  get #host(): string {
    return `unix://${join(this.#sockets, 'socket')}`;
  }

  get #isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  async #untilItAnswers(): Promise<void> {
    const untilMs = performance.now() + START_LIMIT_MS;
    while (this.#isRunning && performance.now() < untilMs) {
      const isThere = await this.run(['version', '--format', '{{.Server.Version}}']).then(
        () => true,
        () => false,
      );
      if (isThere) return;
      await wait(200);
    }
    const log = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
    throw new Error(`no Docker engine could be started\n${log}`);
  }
}
