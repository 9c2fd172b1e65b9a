// Keeps a listener's certificate by an ACME authority: gets the first where there is none, and another one when a third of
// the life of the one in force is left. One process of several does it.

import { X509Certificate } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { KeyPair } from '../http/tls.ts';
import { serverLimits } from '../limits.ts';
import type { Log } from '../log/log.ts';
import { accountKey, keepPair } from './acme-cache.ts';
import type { AcmeSettings } from './acme-settings.ts';
import { type HttpChallenge, openHttpChallenge } from './http-challenge.ts';
import { type ChallengeType, orderCertificate } from './order.ts';

/** The listener, in one process or several. */
export interface AcmeListener {
  renew(pair: KeyPair): void;
  /** What handshakes for `host` get that ask for `acme-tls/1`; undefined: nothing any more. */
  challenge(host: string, pair: KeyPair | undefined): void;
}

export interface AcmeKeeperOptions {
  readonly settings: AcmeSettings;
  /** What is in force at the beginning. */
  readonly pair: KeyPair | undefined;
  readonly listener: AcmeListener;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly order?: typeof orderCertificate;
  readonly clock?: () => number;
  /** Resolves after so long, or when nobody waits any more. */
  readonly wait?: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

export class AcmeKeeper {
  readonly #options: AcmeKeeperOptions;
  readonly #order: typeof orderCertificate;
  readonly #clock: () => number;
  readonly #wait: (durationMs: number, signal: AbortSignal) => Promise<void>;
  readonly #stopping = new AbortController();
  #pair: KeyPair | undefined;
  /** When the next certificate is to be got. */
  #dueMs: number;
  /** In a row. */
  #failures = 0;

  constructor(options: AcmeKeeperOptions) {
    this.#options = options;
    this.#order = options.order ?? orderCertificate;
    this.#clock = options.clock ?? Date.now;
    this.#wait = options.wait ?? waitFor;
    this.#pair = options.pair;
    this.#dueMs = options.pair === undefined ? 0 : renewalAtMs(options.pair.cert);
  }

  /** Goes on until `stop`. */
  start(): this {
    const { log, settings } = this.#options;
    if (this.#pair === undefined) {
      log.warn(
        `there is no certificate for ${settings.hosts.join(', ')} yet: one is asked of ${settings.directoryUrl}; until it is there every connection fails`,
      );
    }
    void this.#keep().catch((error: unknown) => log.error(`certificates: ${wordsOf(error)}`));
    return this;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const leftMs = this.#dueMs - this.#clock();
      if (leftMs <= 0) await this.#get();
      else await this.#wait(Math.min(leftMs, serverLimits.acmeTurnMs), signal);
    }
  }

  async #get(): Promise<void> {
    const { settings, listener, log } = this.#options;
    const hosts = settings.hosts.join(', ');
    try {
      const pair = await this.#bySomeChallenge();
      listener.renew(pair);
      this.#pair = pair;
      this.#failures = 0;
      this.#dueMs = renewalAtMs(pair.cert);
      await this.#keepForNextStart(pair);
      const until = new X509Certificate(pair.cert).validToDate.toISOString();
      log.info(`the certificate for ${hosts} is new, valid until ${until}`);
    } catch (error) {
      this.#failures += 1;
      this.#dueMs = this.#clock() + backOffMs(this.#failures);
      const nextS = Math.round(backOffMs(this.#failures) / 1000);
      log.error(
        `no certificate for ${hosts} from ${settings.directoryUrl}: ${wordsOf(error)}; next try in ${nextS} s`,
      );
    }
  }

  /** A certificate that can't be kept is as good: an authority gives only so many a week. */
  async #keepForNextStart(pair: KeyPair): Promise<void> {
    const { settings, log } = this.#options;
    try {
      await keepPair(settings, pair);
    } catch (error) {
      log.error(
        `the certificate is in force but not kept in ${settings.cacheFolder}: ${wordsOf(error)}; the next start will ask for another one`,
      );
    }
  }

  /** TLS-ALPN-01 first, which needs no port but the registry's own. @throws Error that says what became of each */
  async #bySomeChallenge(): Promise<KeyPair> {
    const { settings } = this.#options;
    const problems = new Set<string>();
    const http = await openHttpChallenge(settings.httpAddress).catch((error: unknown) => wordsOf(error));
    try {
      for (const type of challengesFor(this.#failures, typeof http !== 'string')) {
        try {
          if (type === 'http-01' && typeof http === 'string') throw new Error(http);
          return await this.#orderBy(type, typeof http === 'string' ? undefined : http);
        } catch (error) {
          problems.add(wordsOf(error));
        }
      }
      throw new Error([...problems].join('; '));
    } finally {
      if (typeof http !== 'string') http.close();
    }
  }

  async #orderBy(type: ChallengeType, http: HttpChallenge | undefined): Promise<KeyPair> {
    const { settings, listener } = this.#options;
    return this.#order(settings, await accountKey(settings), type, {
      tlsAlpn: (host, pair) => listener.challenge(host, pair),
      http: (token, text) => http?.set(token, text),
    });
  }
}

/**
 * Both at first; then in turn, as an authority takes only so many failures an hour (Let's Encrypt five for a name).
 * No turn is for a way that can't be answered.
 */
function challengesFor(failures: number, canHttp: boolean): readonly ChallengeType[] {
  if (failures === 0) return ['tls-alpn-01', 'http-01'];
  if (!canHttp) return ['tls-alpn-01'];
  return failures % 2 === 0 ? ['tls-alpn-01'] : ['http-01'];
}

/** No timer keeps the process from its end. */
async function waitFor(durationMs: number, signal: AbortSignal): Promise<void> {
  await wait(durationMs, undefined, { signal, ref: false }).catch(() => undefined);
}

/** When a third of its life is left: what Let's Encrypt asks for. */
export function renewalAtMs(pem: string): number {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return validToDate.getTime() - (validToDate.getTime() - validFromDate.getTime()) / 3;
}

/** From a minute to some hours. */
export function backOffMs(failures: number): number {
  return Math.min(serverLimits.acmeBackOffMs * 4 ** (failures - 1), serverLimits.acmeMaxBackOffMs);
}

/** What an authority says is in the error's own words; what the network says has a code. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return error.message || code || error.name;
}
