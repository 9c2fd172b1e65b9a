// What a command serves, as plain values: what was read and made once, in a form that can be sent to another process.

import type { SignerFiles } from '@berth/auth';
import type { AuthFile } from '../config/auth-file.ts';
import type { ListenAddress } from '../config/listen-address.ts';
import type { ProcessOptions, ServeOptions } from '../config/serve-options.ts';
import type { TlsSettings } from '../http/tls.ts';

interface CommonSettings {
  readonly authFile: AuthFile;
  readonly signerFiles: SignerFiles;
  readonly refreshSecret: Uint8Array;
  readonly address: ListenAddress;
  /** Where a person changes the address: `--addr`, or a key of a file. */
  readonly addressIsSetBy: string;
  /** Undefined: plain HTTP. */
  readonly tls: TlsSettings | undefined;
}

/** `berth serve` */
export interface RegistrySettings extends CommonSettings {
  readonly kind: 'registry';
  readonly options: Omit<ServeOptions, 'adminPassword'>;
}

/** `berth auth` */
export interface TokenServerSettings extends CommonSettings {
  readonly kind: 'token-server';
  readonly options: ProcessOptions;
}

export type Settings = RegistrySettings | TokenServerSettings;
