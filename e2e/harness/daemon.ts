/**
 * A program that goes on until it is stopped: a registry or an engine. Its output is kept line by line.
 * It knows no particular program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { killProcessGroup } from './finished.ts';

export interface DaemonOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export class Daemon {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | undefined>;
  readonly #watchers = new Set<() => void>();
  #hasEnded = false;

  constructor(file: string, args: readonly string[], options: DaemonOptions) {
    this.#child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#add(line));
    }
    this.#ended = new Promise((resolve) => {
      const end = (code: number | null | undefined) => {
        this.#hasEnded = true;
        this.#notify();
        resolve(code ?? undefined);
      };
      this.#child.once('close', end);
      this.#child.once('error', (error) => {
        this.#add(`could not be started: ${error.message}`);
        end(undefined);
      });
    });
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return !this.#hasEnded;
  }

  /** The first line that `pick` makes something of; fails when the program ends or the limit passes first. */
  async lineThat<T>(pick: (line: string) => T | undefined, limitMs: number): Promise<T> {
    const untilMs = performance.now() + limitMs;
    for (let seen = 0; ; ) {
      for (; seen < this.lines.length; seen += 1) {
        const picked = pick(this.lines[seen] ?? '');
        if (picked !== undefined) return picked;
      }
      if (!this.running) throw new Error(`it ended before it was ready`);
      if (performance.now() > untilMs) throw new Error(`not ready after ${limitMs} ms`);
      await this.#change(200);
    }
  }

  /** SIGKILL goes to its children as well, as when a container or a machine ends. */
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void {
    if (!this.running) return;
    if (name === 'SIGKILL') killProcessGroup(this.#child.pid);
    else this.#child.kill(name);
  }

  /** The exit code; undefined when a signal ended it. Kills it when the limit passes. */
  async end(limitMs: number): Promise<number | undefined> {
    const timer = setTimeout(() => killProcessGroup(this.#child.pid), limitMs);
    try {
      return await this.#ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks it to stop and waits; whatever is left after the limit is killed. */
  async stop(limitMs = 15_000): Promise<number | undefined> {
    this.signal('SIGTERM');
    return await this.end(limitMs);
  }

  tail(lines: number): string {
    return this.lines.slice(-lines).join('\n');
  }

  #add(line: string): void {
    this.lines.push(line);
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#watchers) wake();
  }

  async #change(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#watchers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, limitMs);
      this.#watchers.add(wake);
    });
  }
}
