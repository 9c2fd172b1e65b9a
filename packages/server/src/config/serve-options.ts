// The flags of `berth serve` as typed values. Knows no command line library; the texts come from cli.ts.

import type { LogFormat, LogLevel } from '../log/format.ts';
import type { KeyPairFiles } from './auth-file.ts';
import type { ListenAddress } from './listen-address.ts';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const satisfies readonly LogLevel[];
export const logFormats = ['text', 'json', 'logstash'] as const satisfies readonly LogFormat[];
export const storages = ['filesystem', 'inmemory'] as const;
export type Storage = (typeof storages)[number];
export const durabilities = ['durable', 'relaxed'] as const;
export type Durability = (typeof durabilities)[number];

/** What every command that runs for long takes. */
export interface ProcessOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** What every line of the log gets. */
  readonly logFields?: Readonly<Record<string, string>>;
  /** False: no line for a request, unless it failed here. */
  readonly logRequests?: boolean;
  readonly trustedProxies: readonly string[];
  readonly drainTimeoutMs: number;
  /** Processes that serve; 1: the one that was started. */
  readonly workers: number;
}

/** What every command that runs a registry takes. */
export interface RegistryOptions extends ProcessOptions {
  readonly address: ListenAddress;
  /** Undefined where nothing is kept. */
  readonly dataDirectory: string | undefined;
  /** When an answer says that something is kept: once it is on the disk, or before. */
  readonly durability: Durability;
}

export interface ServeOptions extends RegistryOptions {
  /** Undefined: the configuration in the data directory, made at first start. */
  readonly authConfigFile: string | undefined;
  readonly tls: KeyPairFiles | undefined;
  readonly service: string;
  /** Take an index whose manifests, and a manifest whose blobs, are not all there. */
  readonly sparseIndexes?: boolean;
  /** `BERTH_ADMIN_PASSWORD` */
  readonly adminPassword: string | undefined;
}

export interface AuthServerOptions extends ProcessOptions {
  readonly authConfigFile: string;
}
