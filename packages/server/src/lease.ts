// What must happen once, on however many processes share a data directory: a small file, made only if it is absent, with
// owner and expiry, renewed while it is held and taken over when it is stale. It keeps work from being done twice; it is
// not a lock that data may depend on.

import { randomBytes } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorCode } from './errors.ts';
import { serverLimits } from './limits.ts';
import { makeFolders } from './whole-files.ts';

export interface LeaseOptions {
  readonly directory: string;
  readonly name: string;
  readonly leaseMs?: number;
  readonly clock?: () => number;
}

interface Held {
  readonly owner: string;
  readonly expiresAtMs: number;
}

/**
 * Runs `work` if nobody else holds the lease; `work`'s signal aborts when the lease is lost.
 * @returns what `work` gives, or undefined if somebody else holds the lease
 */
export async function underLease<Result>(
  options: LeaseOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const lease = new Lease(options);
  if (!(await lease.acquire())) return undefined;
  const lost = new AbortController();
  const renewal = setInterval(() => {
    lease.renew().then(
      (isOurs) => isOurs || lost.abort(),
      () => lost.abort(),
    );
  }, lease.leaseMs / 3).unref();
  try {
    return await work(lost.signal);
  } finally {
    clearInterval(renewal);
    await lease.release();
  }
}

class Lease {
  readonly leaseMs: number;
  readonly #path: string;
  readonly #directory: string;
  readonly #clock: () => number;
  readonly #owner = randomBytes(16).toString('hex');

  constructor({ directory, name, leaseMs = serverLimits.leaseMs, clock = Date.now }: LeaseOptions) {
    this.leaseMs = leaseMs;
    this.#directory = directory;
    this.#path = join(directory, name);
    this.#clock = clock;
  }

  async acquire(): Promise<boolean> {
    await makeFolders(resolve(this.#directory), 0o700);
    if (await this.#make(this.#path)) return true;
    const held = await this.#read();
    if (held === undefined) return this.#make(this.#path);
    return held.expiresAtMs <= this.#clock() && this.#takeOver(held.owner);
  }

  /** False if the lease is no longer ours. */
  async renew(): Promise<boolean> {
    if ((await this.#read())?.owner !== this.#owner) return false;
    await rename(await this.#draft(), this.#path);
    return true;
  }

  async release(): Promise<void> {
    if ((await this.#read())?.owner === this.#owner) await unlink(this.#path);
  }

  /** Makes the file at `path` with our claim in it, if there is none. */
  async #make(path: string): Promise<boolean> {
    const draft = await this.#draft();
    try {
      await link(draft, path);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await unlink(draft);
    }
  }

  /**
   * Of several who find the same stale lease, the one who makes the second file replaces it, after a look whether it is
   * still there. Whoever dies in between leaves a second file, which is stale in its turn and then thrown away.
   */
  async #takeOver(deadOwner: string): Promise<boolean> {
    const claim = `${this.#path}.claim`;
    if (!(await this.#make(claim))) {
      const claimed = parseHeld(await readFile(claim, 'utf8').catch(() => ''));
      if (claimed !== undefined && claimed.expiresAtMs <= this.#clock())
        await unlink(claim).catch(() => undefined);
      return false;
    }
    try {
      if ((await this.#read())?.owner !== deadOwner) return false;
      await rename(await this.#draft(), this.#path);
      return true;
    } finally {
      await unlink(claim);
    }
  }

  async #read(): Promise<Held | undefined> {
    try {
      return parseHeld(await readFile(this.#path, 'utf8')) ?? { owner: '', expiresAtMs: 0 };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #draft(): Promise<string> {
    const path = `${this.#path}.${this.#owner}.new`;
    const held: Held = { owner: this.#owner, expiresAtMs: this.#clock() + this.leaseMs };
    await writeFile(path, JSON.stringify(held), { mode: 0o600 });
    return path;
  }
}

/** Undefined for what no lease wrote: it counts as stale, without an owner. */
function parseHeld(text: string): Held | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('owner' in value) || !('expiresAtMs' in value))
      return undefined;
    const { owner, expiresAtMs } = value;
    return typeof owner === 'string' && typeof expiresAtMs === 'number' ? { owner, expiresAtMs } : undefined;
  } catch {
    return undefined;
  }
}
