/**
 * A Berth that is started for one case, on a port of its own choice and with its data in the case's place.
 * It knows the command line and the log lines, and nothing of what happens inside.
 */
import { type AuthFile, writeAuthFile } from './accounts.ts';
import { type BerthProgram, berthProgram } from './berth-program.ts';
import type { Certificate } from './certificate.ts';
import type { Daemon } from './daemon.ts';
import type { Place } from './place.ts';

const START_LIMIT_MS = 30_000;
const LOG_LIMIT_MS = 10_000;

/** A registry as its clients see it. */
export interface RegistryAddress {
  /** host:port */
  readonly host: string;
  /** The certificate that clients have to trust; undefined for plain HTTP. */
  readonly certificate: Certificate | undefined;
}

export interface BerthOptions {
  /** The folder of the data; the place's `data` if it isn't said. */
  readonly data?: string;
  readonly authFile?: AuthFile;
  readonly certificate?: Certificate;
  readonly args?: readonly string[];
  /** The one that all cases run, if it isn't said. */
  readonly program?: BerthProgram;
  readonly env?: Readonly<Record<string, string>>;
}

/** One request as the log tells it. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly receivedBytes: number;
}

export class Berth implements RegistryAddress {
  readonly certificate: Certificate | undefined;
  readonly data: string;
  readonly #place: Place;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #program: BerthProgram;
  #daemon: Daemon;
  #host: string;

  private constructor(place: Place, data: string, args: readonly string[], options: BerthOptions) {
    this.#place = place;
    this.data = data;
    this.#args = args;
    this.#env = options.env ?? {};
    this.#program = options.program ?? berthProgram();
    this.certificate = options.certificate;
    this.#host = '127.0.0.1:0';
    this.#daemon = this.#spawn();
  }

  static async start(place: Place, options: BerthOptions = {}): Promise<Berth> {
    const data = options.data ?? place.dir('data');
    const { certificate, authFile } = options;
    const args = [
      ...(authFile === undefined ? [] : ['--auth-config', writeAuthFile(place, authFile)]),
      ...(certificate === undefined
        ? []
        : ['--tls-cert', certificate.certificateFile, '--tls-key', certificate.keyFile]),
      ...(options.args ?? []),
    ];
    const berth = new Berth(place, data, args, options);
    await berth.#listening();
    return berth;
  }

  get host(): string {
    return this.#host;
  }

  get url(): string {
    return `${this.certificate === undefined ? 'http' : 'https'}://${this.host}`;
  }

  get daemon(): Daemon {
    return this.#daemon;
  }

  /** The requests that were answered since the process started, in the order of the log. */
  requests(): readonly LoggedRequest[] {
    return this.#daemon.lines.flatMap((line) => loggedRequest(line) ?? []);
  }

  /** The same, once the one that `isLast` knows is in the log, which comes a moment after its answer. */
  async requestsUntil(isLast: (request: LoggedRequest) => boolean): Promise<readonly LoggedRequest[]> {
    await this.#daemon.lineThat((line) => {
      const request = loggedRequest(line);
      return request !== undefined && isLast(request) ? line : undefined;
    }, LOG_LIMIT_MS);
    return this.requests();
  }

  /** What SIGKILL leaves: nothing is flushed, nothing is said. */
  async kill(): Promise<void> {
    this.#daemon.signal('SIGKILL');
    await this.#daemon.end(5_000);
  }

  /** Starts it again with the same data on the same port. */
  async startAgain(): Promise<void> {
    this.#daemon = this.#spawn();
    await this.#listening();
  }

  #spawn(): Daemon {
    const args = [
      ...this.#program.args,
      'serve',
      '--addr',
      this.#host,
      '--data',
      this.data,
      '--log-format',
      'json',
      ...this.#args,
    ];
    return this.#place.start('berth', this.#program.file, args, this.#env);
  }

  async #listening(): Promise<void> {
    this.#host = await this.#daemon.lineThat(
      (line) => /listening\b.*?https?:\/\/([\w.]+:\d+)/.exec(line)?.[1],
      START_LIMIT_MS,
    );
  }
}

function loggedRequest(line: string): LoggedRequest | undefined {
  if (!line.startsWith('{')) return undefined;
  const entry: Partial<LoggedRequest> = JSON.parse(line);
  if (entry.method === undefined || entry.path === undefined || entry.status === undefined) return undefined;
  const { method, path, status, receivedBytes = 0 } = entry;
  return { method, path, status, receivedBytes };
}
