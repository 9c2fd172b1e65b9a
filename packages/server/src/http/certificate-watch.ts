// The listener's certificate and key while the program runs: read again and again, because no other way hears of every change.
// An editor writes in place, certbot moves a link, Kubernetes swaps the folder that a link leads through, and a network file
// system tells nobody. Both files are small, so that what was read is compared, and no time or size of a file has to be believed.

import { X509Certificate } from 'node:crypto';
import type { KeyPairFiles } from '../config/auth-file.ts';
import { StartError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import type { Log } from '../log/log.ts';
import { certificateWarnings, checkKeyPair, type KeyPair, readKeyPair, type TlsSettings } from './tls.ts';

export interface CertificateWatchOptions {
  readonly files: KeyPairFiles;
  /** What is in force at the beginning. */
  readonly pair: KeyPair;
  /** Puts a pair in force that was read and is good. */
  readonly renew: (pair: KeyPair) => void;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly clock?: () => number;
}

export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  readonly #clock: () => number;
  #inForce: KeyPair;
  /** Why what is in the files now is not in force. */
  #problem: string | undefined;
  #isProblemTold = false;
  /** Of the certificate in force. */
  readonly #warned = new Set<string>();
  #look: Promise<void> = Promise.resolve();
  #isLooking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    this.#inForce = options.pair;
    this.#clock = options.clock ?? Date.now;
  }

  /** Looks from time to time, until `stop`. The certificate of the beginning is warned of now. */
  start(): this {
    this.#warn();
    this.#timer = setInterval(() => {
      if (!this.#isLooking) void this.look();
    }, serverLimits.certificateLookIntervalMs).unref();
    return this;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Reads the files, and puts in force what is new and good. What is wrong with them is told when it still is so at the
   * next look: the one may be written a moment before the other.
   */
  look(): Promise<void> {
    return this.#afterLast(() => this.#lookNow());
  }

  /** Looks because somebody asked for it, who is told at once what came of it. */
  async lookAsAsked(): Promise<void> {
    await this.#afterLast(async () => {
      const before = this.#inForce;
      await this.#lookNow();
      if (this.#problem !== undefined) this.#tellProblem(this.#problem);
      else if (this.#inForce === before) {
        const { certificateFile } = this.#options.files;
        this.#options.log.info(
          `TLS certificate ${certificateFile}: is the one in force, valid until ${this.#validTo()}`,
        );
      }
    });
  }

  #afterLast(look: () => Promise<void>): Promise<void> {
    this.#look = this.#look.then(async () => {
      this.#isLooking = true;
      try {
        await look();
      } finally {
        this.#isLooking = false;
      }
    });
    return this.#look;
  }

  async #lookNow(): Promise<void> {
    try {
      const found = await readKeyPair(this.#options.files);
      if (found.cert !== this.#inForce.cert || found.key !== this.#inForce.key) this.#putInForce(found);
      this.#problem = undefined;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#isWrong(error.message);
    }
    this.#warn();
  }

  /** @throws StartError saying what is wrong with it */
  #putInForce(pair: KeyPair): void {
    const { files, renew, log } = this.#options;
    checkKeyPair(pair, files, this.#clock());
    renew(pair);
    this.#inForce = pair;
    this.#warned.clear();
    log.info(
      `TLS certificate ${files.certificateFile}: a new one is in force, valid until ${this.#validTo()}`,
    );
  }

  #isWrong(problem: string): void {
    if (problem === this.#problem) {
      this.#tellProblem(problem);
      return;
    }
    this.#problem = problem;
    this.#isProblemTold = false;
  }

  /** Once, as long as it stays the same. */
  #tellProblem(problem: string): void {
    if (this.#isProblemTold) return;
    this.#isProblemTold = true;
    this.#options.log.error(`${problem}; the pair of before stays in force, valid until ${this.#validTo()}`);
  }

  /** Each warning once; the one of the end has the days that are left in it, and so comes every day. */
  #warn(): void {
    for (const warning of certificateWarnings(this.#inForce.cert, this.#clock())) {
      if (this.#warned.has(warning)) continue;
      this.#warned.add(warning);
      this.#options.log.warn(warning);
    }
  }

  #validTo(): string {
    return new X509Certificate(this.#inForce.cert).validToDate.toISOString();
  }
}

/** Begins to watch the files of a listener's pair, where it is in files. */
export function watchCertificate(
  { files, cert, key }: TlsSettings,
  renew: (pair: KeyPair) => void,
  log: Log,
): CertificateWatch | undefined {
  return files && new CertificateWatch({ files, pair: { cert, key }, renew, log }).start();
}
