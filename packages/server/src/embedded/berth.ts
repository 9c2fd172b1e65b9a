// What a program sees that has a registry inside. Types alone: the npm package ships them as they are here.

export interface BerthOptions {
  /**
   * Folder in which images are kept, durably, in distribution's layout; it is made if it is missing.
   * Left out: in memory, gone with the registry.
   */
  readonly dataDirectory?: string;
  /** Address to listen on. Default: `127.0.0.1`. */
  readonly host?: string;
  /** Port to listen on. Default: 0, a free one. */
  readonly port?: number;
  /** PEM files, for HTTPS; the certificate with its chain. Left out: plain HTTP. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  /**
   * Who gets in, and with what. `'open'`: everybody, without a login, may do everything.
   * Left out: `admin`, with a password made for it.
   */
  readonly access?: 'open' | BerthAccess;
  /** Takes the log: one or more whole lines of text. Left out: only what fails unexpectedly is told, on stderr. */
  readonly onLog?: (lines: string) => void;
}

export interface BerthAccess {
  /** Passwords by account; `''` with the password null is whoever doesn't log in. */
  readonly accounts: Readonly<Record<string, string | null>>;
  /** docker_auth's rules, of which the first that matches decides. Left out: every account may do everything. */
  readonly acl?: readonly BerthRule[];
}

export interface BerthRule {
  /** Patterns by field: `account`, `type`, `name`, `ip`, `service`. */
  readonly match: Readonly<Record<string, unknown>>;
  /** `pull`, `push`, `delete`, or `*` for all; none: nothing is allowed. */
  readonly actions: readonly string[];
  readonly comment?: string;
}

export interface Berth {
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  /** What stands in front of an image's name: `127.0.0.1:40123`. */
  readonly host: string;
  /** The first account; undefined where access is open. */
  readonly account: { readonly name: string; readonly password: string } | undefined;
  /** Cuts what is still running, stops listening and lets go of everything. */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
