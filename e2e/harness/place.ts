/**
 * The place where one case happens: a temporary folder with a home of its own, and the owner of every process
 * that the case starts. Nothing of the person's own configuration is read or written.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import { type Finished, runToEnd } from './finished.ts';
import { findProgram, howToGet, type ProgramName, SEARCH_PATH } from './programs.ts';

export interface PlaceRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  readonly limitMs?: number;
  readonly stdoutFile?: string;
}

const RUN_LIMIT_MS = 180_000;

export class Place {
  readonly folder: string;
  /** What ran here, newest last: shown when the case fails. */
  readonly history: Finished[] = [];
  readonly #daemons: { name: string; daemon: Daemon }[] = [];
  readonly #abort = new AbortController();
  /** What stands before every command. */
  #entrance: readonly string[] = [];

  /** `folder` is for a place below another, which closes it. */
  constructor(folder?: string) {
    // Short: the sockets of engines live below it, and a socket's path has 107 bytes at most.
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'be2e-'));
  }

  /** A person of their own in the same case: another home, other credentials; ended with this place. */
  below(name: string): Place {
    const place = new Place(this.dir(name));
    this.#abort.signal.addEventListener('abort', () => place.#abort.abort(), { once: true });
    return place;
  }

  /** From now on everything that starts here has the mounts and the network of that process. */
  enter(pid: number): void {
    const into = ['--target', String(pid), '--mount', '--net', '--'];
    // Entering leaves the working directory.
    this.#entrance = [fileOf('nsenter'), ...into, fileOf('sh'), '-c', 'cd "$0" && exec "$@"'];
  }

  #command(
    file: string,
    args: readonly string[],
    cwd: string,
  ): readonly [file: string, args: readonly string[]] {
    const [entrance, ...words] = this.#entrance;
    return entrance === undefined ? [file, args] : [entrance, [...words, cwd, file, ...args]];
  }

  /** A folder of this place, made if it isn't there. */
  dir(...names: string[]): string {
    const folder = join(this.folder, ...names);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** The whole environment of a server here: nothing of the person's own but PATH. */
  #serverEnv(): Record<string, string> {
    return {
      PATH: SEARCH_PATH,
      LANG: 'C.UTF-8',
      HOME: this.dir('home'),
      TMPDIR: this.dir('tmp'),
      XDG_RUNTIME_DIR: this.dir('runtime'),
    };
  }

  /** A client's environment also says where its credentials are. REGISTRY_… would configure a server. */
  #clientEnv(): Record<string, string> {
    return {
      ...this.#serverEnv(),
      DOCKER_CONFIG: this.dir('docker'),
      REGISTRY_AUTH_FILE: join(this.dir('auth'), 'auth.json'),
    };
  }

  /** Runs a program to its end, whatever its exit code. */
  async attempt(
    program: ProgramName,
    args: readonly string[],
    options: PlaceRunOptions = {},
  ): Promise<Finished> {
    const { limitMs = RUN_LIMIT_MS, cwd = this.folder, env = {}, ...rest } = options;
    const signal = this.#abort.signal;
    const finished = await runToEnd(...this.#command(fileOf(program), args, cwd), {
      ...rest,
      env: { ...this.#clientEnv(), ...env },
      cwd,
      limitMs,
      signal,
    });
    this.history.push(finished);
    return finished;
  }

  /** Runs a program that has to succeed. */
  async run(program: ProgramName, args: readonly string[], options: PlaceRunOptions = {}): Promise<Finished> {
    return succeeded(await this.attempt(program, args, options));
  }

  /** Starts a program that goes on until the place is closed. */
  start(
    name: string,
    file: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd = this.folder,
  ): Daemon {
    const options = { env: { ...this.#serverEnv(), ...env }, cwd };
    const daemon = new Daemon(...this.#command(file, args, cwd), options);
    this.#daemons.push({ name, daemon });
    return daemon;
  }

  /** As `start`, for a program that may be missing on this machine. */
  startProgram(
    program: ProgramName,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd = this.folder,
  ): Daemon {
    return this.start(program, fileOf(program), args, env, cwd);
  }

  /** For what the case runs in this process; called when the place is closed. */
  whenClosed(end: () => void): void {
    this.#abort.signal.addEventListener('abort', end, { once: true });
  }

  /** What a person needs to see when the case failed: the last commands and the ends of the servers' logs. */
  evidence(): string {
    const commands = this.history.slice(-3).map(describe);
    const logs = this.#daemons.map(
      ({ name, daemon }) => `--- the end of ${name}'s log\n${readable(daemon.tail(25))}`,
    );
    return [...commands, ...logs].join('\n');
  }

  /** Ends every process that was started here; clients first, then servers from the newest to the oldest. */
  async close(options: { keep: boolean }): Promise<void> {
    this.#abort.abort();
    for (const { daemon } of this.#daemons.toReversed()) await daemon.stop();
    for (const folder of mountsBelow(this.folder)) await this.#unmount(folder);
    if (!options.keep) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #unmount(folder: string): Promise<void> {
    await runToEnd('umount', ['-l', folder], { env: { PATH: SEARCH_PATH }, cwd: '/', limitMs: 10_000 });
  }
}

/** The same result when its exit code was 0; otherwise an error that shows what it said. */
export function succeeded(finished: Finished): Finished {
  if (finished.code !== 0) throw new Error(`a command failed that should succeed\n${describe(finished)}`);
  return finished;
}

function fileOf(program: ProgramName): string {
  const file = findProgram(program);
  if (file === undefined) throw new Error(`not on this machine: ${howToGet(program)}`);
  return file;
}

function describe(finished: Finished): string {
  const end = finished.code === undefined ? 'was killed' : `exit ${finished.code}`;
  const output = `${finished.stdout}${finished.stderr}`.trimEnd().split('\n').slice(-15).join('\n');
  return `$ ${finished.commandLine.slice(0, 600)}\n${output}\n(${end} after ${(finished.durationMs / 1000).toFixed(1)} s)`;
}

/** A log without what no case is about: a JSON line with all its fields fills a screen. */
function readable(log: string): string {
  return log
    .replaceAll(/"(userAgent|requestId|time|level|durationMs|address)":("[^"]*"|[\d.]+),?/g, '')
    .replaceAll(/^(.{600}).*$/gm, '$1…');
}

function mountsBelow(folder: string): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return mounts
    .flatMap((line) => (line.split(' ')[1]?.startsWith(`${folder}/`) ? [line.split(' ')[1] ?? ''] : []))
    .reverse();
}
