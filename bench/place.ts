/** Where a benchmark happens: its folder, its data, and every server that it started. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AccountFile, makeAccountFile } from './data/account.ts';
import { authorizationFor, fillWithImage, type Image, makeImage } from './data/fill.ts';
import { PreparedBlob } from './data/prepared-blob.ts';
import { findProgram } from './harness/programs.ts';
import { freePort, RunningServer } from './harness/running-server.ts';
import { SERVERS, type ServerKind, type ServerName } from './servers.ts';
import type { Subject } from './subject.ts';

export interface PlaceOptions {
  /** On the filesystem that is to be measured: a folder in memory would make syncs free. */
  readonly workFolder: string;
  readonly seconds: number;
  readonly nodeFlags: readonly string[];
}

export class Place {
  readonly folder: string;
  readonly #options: PlaceOptions;
  readonly #image: Image = makeImage();
  readonly #accounts = new Map<number, AccountFile>();
  readonly #blobs = new Map<number, PreparedBlob>();
  readonly #ports = new Map<ServerName, number>();
  readonly #running = new Set<RunningServer>();

  constructor(options: PlaceOptions) {
    this.#options = options;
    mkdirSync(options.workFolder, { recursive: true });
    this.folder = mkdtempSync(join(options.workFolder, 'bench-'));
  }

  /** Starts it on an empty folder and gives it what every row needs. */
  async subject(name: ServerName, bcryptCost: number): Promise<Subject> {
    const account = this.#account(bcryptCost);
    const server = await this.#start(name, account);
    const authorization = await authorizationFor(server, account);
    if (server.kind.abilities[0] !== 'tokens') await fillWithImage(server, this.#image, authorization);
    return {
      server,
      base: server.base,
      authorization,
      account,
      image: this.#image,
      seconds: this.#options.seconds,
      blob: (sizeBytes) => this.#blob(sizeBytes),
      digests: [],
    };
  }

  /** Ends the servers that run and removes what they kept. */
  async clear(): Promise<void> {
    for (const server of this.#running) {
      await server.stop();
      this.#running.delete(server);
      rmSync(server.folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  async close(): Promise<void> {
    await this.clear();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #start(name: ServerName, account: AccountFile): Promise<RunningServer> {
    const kind: ServerKind = SERVERS[name];
    const program = programOf(kind);
    if (program === undefined) throw new Error(`${kind.title} is not on this machine: ${kind.howToGet}`);
    const folder = mkdtempSync(join(this.folder, `${name}-`));
    // The same port for every row, so that the commands that are printed stay true.
    const port = this.#ports.get(name) ?? (await freePort());
    this.#ports.set(name, port);
    const launch = await kind.launch({ folder, port, account, nodeFlags: this.#options.nodeFlags });
    const server = await RunningServer.start({ name, kind, program, folder, port, launch });
    this.#running.add(server);
    return server;
  }

  #account(bcryptCost: number): AccountFile {
    const account = this.#accounts.get(bcryptCost) ?? makeAccountFile(this.folder, bcryptCost);
    this.#accounts.set(bcryptCost, account);
    return account;
  }

  #blob(sizeBytes: number): PreparedBlob {
    const known = this.#blobs.get(sizeBytes);
    const blob = known ?? new PreparedBlob(join(this.folder, `blob-${sizeBytes}`), sizeBytes);
    this.#blobs.set(sizeBytes, blob);
    return blob;
  }
}

/** The file to run; undefined where this machine has none. */
export function programOf({ files }: ServerKind): string | undefined {
  if (files === undefined) return process.execPath;
  for (const file of files) {
    const program = findProgram(file);
    if (program !== undefined) return program;
  }
  return undefined;
}
