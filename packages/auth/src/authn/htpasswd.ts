// The accounts of an htpasswd file, read again when it changes.
import { readFileSync, statSync } from 'node:fs';
import type { Labels } from '@berth/acl';
import { HTPASSWD_LOOK_MS } from '../limits.ts';
import type { Authenticator, Credentials, Identity } from './authenticator.ts';
import { HtpasswdError, parseHtpasswd } from './htpasswd-lines.ts';
import type { Passwords } from './passwords.ts';

export interface HtpasswdOptions {
  readonly file: string;
  readonly passwords: Passwords;
  readonly clock: () => number;
  /** The file changed into something that can't be used; what was read before stays in force. */
  readonly onError: (error: HtpasswdError) => void;
}

const NO_LABELS: Labels = Object.freeze({});
const UNREADABLE = 'unreadable';

/** Makes the method and reads the file; throws HtpasswdError. */
export function htpasswd({ file, passwords, clock, onError }: HtpasswdOptions): Authenticator {
  const store = new HtpasswdFile(file, passwords, clock, onError);
  const authenticate = ({ account, password, address }: Credentials): Identity | Promise<Identity> => {
    const hash = store.hashes().get(account);
    if (hash === undefined) return { answer: 'not-mine' };
    if (password === undefined) return { answer: 'no' };
    return passwords.identify({ account, address, password, hash }, NO_LABELS);
  };
  const recall = (account: string) => {
    const hash = store.hashes().get(account);
    return hash === undefined ? undefined : { labels: NO_LABELS, credential: `htpasswd ${hash}` };
  };
  return { name: 'htpasswd', authenticate, recall };
}

/** What is in the file, and when it was last looked at. Small, and read synchronously: seldom. */
class HtpasswdFile {
  readonly #file: string;
  readonly #passwords: Passwords;
  readonly #clock: () => number;
  readonly #onError: (error: HtpasswdError) => void;
  #hashes: ReadonlyMap<string, string>;
  #version: string;
  #lookedAtMs: number;

  constructor(
    file: string,
    passwords: Passwords,
    clock: () => number,
    onError: (error: HtpasswdError) => void,
  ) {
    this.#file = file;
    this.#passwords = passwords;
    this.#clock = clock;
    this.#onError = onError;
    this.#lookedAtMs = clock();
    this.#version = this.#look();
    this.#hashes = this.#read();
  }

  hashes(): ReadonlyMap<string, string> {
    const nowMs = this.#clock();
    if (Math.abs(nowMs - this.#lookedAtMs) < HTPASSWD_LOOK_MS) return this.#hashes;
    this.#lookedAtMs = nowMs;
    const before = this.#version;
    try {
      this.#version = this.#look();
      if (this.#version !== before) this.#hashes = this.#read();
    } catch (error) {
      if (!(error instanceof HtpasswdError)) throw error;
      if (error.line === undefined) this.#version = UNREADABLE;
      if (this.#version !== before) this.#onError(error); // once for each bad version
    }
    return this.#hashes;
  }

  #look(): string {
    return this.#try(() => {
      const { mtimeNs, size, ino } = statSync(this.#file, { bigint: true });
      return `${mtimeNs} ${size} ${ino}`;
    });
  }

  #read(): Map<string, string> {
    const text = this.#try(() => readFileSync(this.#file, 'utf8'));
    const hashes = parseHtpasswd(text, this.#file);
    for (const hash of hashes.values()) this.#passwords.expectHash(hash);
    return hashes;
  }

  #try<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw new HtpasswdError(this.#file, undefined, `can't be read (${errorCode(error)})`);
    }
  }
}

function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : 'unknown error';
}
