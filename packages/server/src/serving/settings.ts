// What a command serves, as plain values: what was read and made once, in a form that can be sent to another process.

import type { SignerFiles } from '@berth/auth';
import type { Algorithm } from '@berth/registry';
import type { AuthFile } from '../config/auth-file.ts';
import type { ListenAddress } from '../config/listen-address.ts';
import type { ProcessOptions, RegistryOptions, ServeOptions } from '../config/serve-options.ts';
import type { TlsSettings } from '../http/tls.ts';
import type { UpstreamSettings } from '../upstream/ask-upstream.ts';
import type { Behaviour } from './behaviour.ts';

interface ListenerSettings {
  readonly address: ListenAddress;
  /** Where a person changes the address: `--addr`, or a key of a file. */
  readonly addressIsSetBy: string;
  /** Undefined: plain HTTP. */
  readonly tls: TlsSettings | undefined;
}

interface AccountSettings extends ListenerSettings {
  readonly authFile: AuthFile;
  readonly signerFiles: SignerFiles;
  readonly refreshSecret: Uint8Array;
}

/** `berth serve` */
export interface RegistrySettings extends AccountSettings {
  readonly kind: 'registry';
  readonly behaviour: Behaviour;
  readonly options: Omit<ServeOptions, 'adminPassword' | 'sparseIndexes'>;
}

/** `berth auth` */
export interface TokenServerSettings extends AccountSettings {
  readonly kind: 'token-server';
  readonly options: ProcessOptions;
}

/** Whose tokens count, with what was in the files that name the keys. */
export interface ForeignTokens {
  readonly kind: 'token';
  /** Undefined: on the host and port that a client used, at `path`. */
  readonly realm: string | undefined;
  readonly path: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM */
  readonly certificates: string | undefined;
  /** JSON */
  readonly jwks: string | undefined;
  readonly algorithms: readonly Algorithm[] | undefined;
  /** What answers at `path`; undefined: nothing here does. */
  readonly upstream: UpstreamSettings | undefined;
}

/** Who gets in at a registry alone; open: everybody may do everything. */
export type LoneAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'htpasswd'; readonly realm: string; readonly file: string }
  | ForeignTokens;

/** `berth registry` */
export interface LoneRegistrySettings extends ListenerSettings {
  readonly kind: 'lone-registry';
  readonly options: RegistryOptions;
  readonly behaviour: Behaviour;
  readonly access: LoneAccess;
}

export type Settings = RegistrySettings | LoneRegistrySettings | TokenServerSettings;
