/** Where a benchmark happens: its folder, its data, and every server that it started. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  type AccountFile,
  type AccountScene,
  type CertificateFiles,
  makeAccountFile,
  makeServerCertificate,
} from './data/account.ts';
import { DockerImage } from './data/docker-image.ts';
import { authorizationFor, fillWithImage, type Image, makeImage, REPOSITORY } from './data/fill.ts';
import { PreparedBlob } from './data/prepared-blob.ts';
import { TAGS_REPOSITORY, VOLUMES, type VolumeName } from './data/volumes.ts';
import { DockerEngine } from './harness/docker-engine.ts';
import { findProgram } from './harness/programs.ts';
import { freePort, RunningServer } from './harness/running-server.ts';
import { SERVERS, type ServerKind, type ServerName } from './servers.ts';
import type { Setting } from './setting.ts';
import type { Subject } from './subject.ts';

export interface PlaceOptions {
  /** On the filesystem that is to be measured: a folder in memory would make syncs free. */
  readonly workFolder: string;
  readonly seconds: number;
  readonly nodeFlags: readonly string[];
}

const IMAGE_SCOPES = [`repository:${REPOSITORY}:pull,push`];
const VOLUME_SCOPES = [`repository:${TAGS_REPOSITORY}:pull`, 'registry:catalog:*'];

export class Place {
  readonly folder: string;
  readonly #options: PlaceOptions;
  readonly #image: Image = makeImage();
  readonly #accounts = new Map<AccountScene, AccountFile>();
  readonly #volumes = new Map<VolumeName, string>();
  readonly #blobs = new Map<number, PreparedBlob>();
  readonly #ports = new Map<string, number>();
  readonly #running = new Set<RunningServer>();
  readonly #dockerImage: DockerImage;
  #engine: Promise<DockerEngine> | undefined;
  #certificate: CertificateFiles | undefined;

  constructor(options: PlaceOptions) {
    this.#options = options;
    mkdirSync(options.workFolder, { recursive: true });
    this.folder = mkdtempSync(join(options.workFolder, 'bench-'));
    this.#dockerImage = new DockerImage(join(this.folder, 'docker-image'));
  }

  /** Starts it, on an empty folder unless the setting says otherwise, and gives it what every row needs. */
  async subject(name: ServerName, setting: Setting): Promise<Subject> {
    const account = this.#account(setting.accounts ?? 'cost-5');
    const server = await this.#start(name, account, setting);
    const scopes = setting.volume === undefined ? IMAGE_SCOPES : VOLUME_SCOPES;
    const authorization = await authorizationFor(server, account, scopes);
    const isFilled = setting.volume !== undefined || server.kind.abilities[0] === 'tokens';
    if (!isFilled) await fillWithImage(server, this.#image, authorization);
    return {
      server,
      base: server.base,
      authorization,
      account,
      image: this.#image,
      folder: this.folder,
      seconds: this.#options.seconds,
      blob: (sizeBytes) => this.blob(sizeBytes),
      engine: () => (this.#engine ??= DockerEngine.start(this.folder)),
      dockerImage: this.#dockerImage,
      digests: [],
    };
  }

  blob(sizeBytes: number): PreparedBlob {
    const known = this.#blobs.get(sizeBytes);
    const blob = known ?? new PreparedBlob(join(this.folder, `blob-${sizeBytes}`), sizeBytes);
    this.#blobs.set(sizeBytes, blob);
    return blob;
  }

  /** Ends the servers that run and removes what they kept. */
  async clear(): Promise<void> {
    const engine = await this.#engine?.catch(() => undefined);
    this.#engine = undefined;
    await engine?.stop();
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

  async #start(name: ServerName, account: AccountFile, setting: Setting): Promise<RunningServer> {
    const kind: ServerKind = SERVERS[name];
    const program = programOf(kind);
    if (program === undefined) throw new Error(`${kind.title} is not on this machine: ${kind.howToGet}`);
    const folder = mkdtempSync(join(this.folder, `${name}-`));
    const dataFolder = setting.volume === undefined ? join(folder, 'data') : this.#volume(setting.volume);
    mkdirSync(dataFolder, { recursive: true });
    const port = await this.#port(name);
    const certificate = setting.tls === true ? await this.#trustedCertificate() : undefined;
    const { nodeFlags } = this.#options;
    const place = { folder, dataFolder, port, account, certificate, setting, nodeFlags };
    const launch = await kind.launch(place);
    const scheme = certificate === undefined ? 'http' : 'https';
    const base = `${scheme}://127.0.0.1:${port}`;
    const server = await RunningServer.start({ name, kind, program, folder, dataFolder, base, launch });
    this.#running.add(server);
    return server;
  }

  /** The same for every row, so that the commands that are printed stay true; another one for a variant. */
  async #port(name: ServerName): Promise<number> {
    const taken = [...this.#running].filter((server) => server.name === name).length;
    const key = `${name} ${taken}`;
    const port = this.#ports.get(key) ?? (await freePort());
    this.#ports.set(key, port);
    return port;
  }

  /** Made once; the requests of this process believe it from then on. */
  async #trustedCertificate(): Promise<CertificateFiles> {
    if (this.#certificate !== undefined) return this.#certificate;
    this.#certificate = await makeServerCertificate(this.folder);
    const text = readFileSync(this.#certificate.certificateFile, 'utf8');
    setDefaultCACertificates([...getCACertificates('default'), text]);
    return this.#certificate;
  }

  #volume(name: VolumeName): string {
    const folder = this.#volumes.get(name) ?? join(this.folder, `volume-${name}`);
    if (!this.#volumes.has(name)) VOLUMES[name](folder);
    this.#volumes.set(name, folder);
    return folder;
  }

  #account(scene: AccountScene): AccountFile {
    const account = this.#accounts.get(scene) ?? makeAccountFile(this.folder, scene);
    this.#accounts.set(scene, account);
    return account;
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
