// A worker's line to its primary: what was heard, as promises; and what is said.

import type { Worker } from 'node:cluster';
import type { KeyPair } from '../http/tls.ts';
import { AskedAttempts } from './asked-attempts.ts';
import { parseToWorker, type ToPrimary, type ToWorker } from './messages.ts';

type Serve = Extract<ToWorker, { kind: 'serve' }>;
type Stop = Extract<ToWorker, { kind: 'drain' }> | { readonly kind: 'primary-gone' };

export class PrimaryLine {
  readonly attempts = new AskedAttempts((message) => void this.say(message));
  readonly #worker: Worker;
  readonly #serve = Promise.withResolvers<Serve>();
  readonly #stop = Promise.withResolvers<Stop>();
  #end = () => process.exit(0);
  /** Heard before anybody listened. */
  #certificate: KeyPair | undefined;
  #renew = (pair: KeyPair) => {
    this.#certificate = pair;
  };

  /** Heard before anybody listened. */
  readonly #challenges = new Map<string, KeyPair | undefined>();
  #challenge = (host: string, pair: KeyPair | undefined): void => {
    this.#challenges.set(host, pair);
  };

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (value: unknown) => this.#hear(value));
    worker.on('disconnect', () => {
      // Otherwise Node ends a worker whose primary died at once, in the middle of its answers.
      worker.exitedAfterDisconnect = true;
      this.#stop.resolve({ kind: 'primary-gone' });
    });
    void this.say({ kind: 'hello' });
  }

  /** What to serve. */
  get serve(): Promise<Serve> {
    return this.#serve.promise;
  }

  /** No new connections from now on, and then the end. */
  get stop(): Promise<Stop> {
    return this.#stop.promise;
  }

  /** What to do when it has to be over at once. */
  onEnd(end: () => never): void {
    this.#end = end;
  }

  /** What to do with a new certificate; at once with one that has come already. */
  onCertificate(renew: (pair: KeyPair) => void): void {
    this.#renew = renew;
    if (this.#certificate !== undefined) renew(this.#certificate);
  }

  /** What to do with an authority's challenge; at once with those that have come already. */
  onChallenge(challenge: (host: string, pair: KeyPair | undefined) => void): void {
    this.#challenge = challenge;
    for (const [host, pair] of this.#challenges) challenge(host, pair);
  }

  /** Resolves when it is said, or when nobody is there any more to hear it. */
  say(message: ToPrimary): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#worker.isConnected()) this.#worker.process.send?.(message, () => resolve());
    else resolve();
    return promise;
  }

  #hear(value: unknown): void {
    const message = parseToWorker(value);
    switch (message?.kind) {
      case undefined:
        return;
      case 'serve':
        this.#serve.resolve(message);
        return;
      case 'certificate':
        this.#renew(message.pair);
        return;
      case 'challenge':
        this.#challenge(message.host, message.pair);
        return;
      case 'drain':
        this.#stop.resolve(message);
        return;
      case 'end':
        this.#end();
        return;
      case 'admission':
        this.attempts.answer(message);
        return;
      default:
        message satisfies never;
    }
  }
}
