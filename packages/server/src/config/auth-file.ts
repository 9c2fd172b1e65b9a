// A docker_auth configuration: from the text of the file to typed, frozen values. Mistakes are told all at once, each
// with file, line, column, path and what is allowed. Knows no listener and reads no certificate.

import type { SecureVersion } from 'node:tls';
import { compileRules, type Labels, RuleError } from '@berth/acl';
import { type AcmeSettings, acmeSettings } from '../acme/acme-settings.ts';
import { type AuthDocument, authSchema, refusedKeys } from './auth-schema.ts';
import { readConfigText } from './config-text.ts';
import type { KeyMistake } from './key-mistakes.ts';
import { type ListenAddress, listenAddressForm, parseListenAddress } from './listen-address.ts';
import { parseTyped } from './typed-file.ts';
import { parseYamlSource, type ValuePath } from './yaml-source.ts';

export interface KeyPairFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface AuthUser {
  /** bcrypt. None: whoever names the account has it; the account "" is the anonymous one. */
  readonly passwordHash?: string;
  readonly labels?: Labels;
}

/** What a docker_auth configuration says: plain values, which can be sent to another process. */
export interface AuthFile {
  readonly file: string;
  readonly server: {
    readonly address: ListenAddress;
    readonly pathPrefix: string;
    readonly keyPair: KeyPairFiles | undefined;
    /** Who gives the pair where it isn't in files. */
    readonly acme: AcmeSettings | undefined;
    readonly realIpHeader: string | undefined;
    readonly realIpPosition: number;
    readonly hsts: boolean;
    readonly minimumVersion: SecureVersion | undefined;
    readonly curves: readonly string[] | undefined;
    readonly cipherSuites: readonly string[] | undefined;
  };
  readonly token: {
    readonly issuer: string;
    readonly expirationSeconds: number;
    /** The token section's own pair, or the server's if it has none. */
    readonly keyPair: KeyPairFiles | undefined;
    readonly legacyKeyId: boolean;
    /** Of the tokens that clients keep in place of a password; 0: they get none. Undefined: the token server's own. */
    readonly refreshExpirationSeconds: number | undefined;
  };
  readonly users: Readonly<Record<string, AuthUser>>;
  /** As compileRules takes them, which was tried. */
  readonly acl: readonly unknown[];
}

/** @throws StartError naming the file, and each mistake in it */
export async function readAuthFile(file: string): Promise<AuthFile> {
  return parseAuthFile(file, await readConfigText(file));
}

/** @throws StartError naming `file`, and each mistake in `text` */
export function parseAuthFile(file: string, text: string): AuthFile {
  return toAuthFile(file, parseAuthDocument(file, text));
}

/** The file's own values, checked. @throws StartError naming `file`, and each mistake in `text` */
export function parseAuthDocument(file: string, text: string): AuthDocument {
  return parseTyped({
    file,
    source: parseYamlSource(text),
    schema: authSchema,
    refusal,
    moreMistakes: (parsed) => [...crossMistakes(parsed), ...ruleMistakes(parsed.acl)],
  });
}

const purposes: Readonly<Record<string, string>> = refusedKeys;

function refusal(path: ValuePath): string | undefined {
  const key = path.join('.');
  if (!Object.hasOwn(purposes, key)) return undefined;
  return `(${purposes[key]}) is not supported by this version of Berth; remove it, or keep docker_auth for it`;
}

/** What single values cannot say: pairs that belong together. */
function crossMistakes({ server, token }: AuthDocument): readonly KeyMistake[] {
  const mistakes: KeyMistake[] = [];
  const add = (path: readonly string[], problem: string) => mistakes.push({ path, what: 'value', problem });
  if (server.net === 'tcp' && parseListenAddress(server.addr) === undefined) {
    add(['server', 'addr'], `must be ${listenAddressForm}, not ${JSON.stringify(server.addr)}`);
  }
  for (const [name, { certificate, key }] of Object.entries({ server, token })) {
    if (certificate && !key) add([name, 'certificate'], `needs ${name}.key beside it`);
    if (key && !certificate) add([name, 'key'], `needs ${name}.certificate beside it`);
  }
  const { letsencrypt } = server;
  const addAcme = (problem: string) =>
    mistakes.push({ path: ['server', 'letsencrypt'], what: 'key', problem });
  if (letsencrypt && server.certificate) addAcme('cannot be there beside server.certificate');
  if (letsencrypt && !letsencrypt.cache_dir) addAcme('needs cache_dir in it: the folder of what it gets');
  if (letsencrypt && !letsencrypt.host)
    addAcme('needs host in it: Berth asks for no certificate for whatever name a client sends');
  if (server.tls_min_version === 'TLSv1.3' && server.tls_cipher_suites !== undefined) {
    add(['server', 'tls_cipher_suites'], 'has no meaning with tls_min_version TLS13; remove one of them');
  }
  return mistakes;
}

function ruleMistakes(acl: AuthDocument['acl']): readonly KeyMistake[] {
  try {
    compileRules(acl);
    return [];
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    return error.errors.map(({ index, field, value, reason }): KeyMistake => {
      const path = ['acl', index, ...(field ? field.split('.') : [])];
      return { path, what: 'value', problem: `${JSON.stringify(value)} ${reason}` };
    });
  }
}

function toAuthFile(file: string, { server, token, users, acl }: AuthDocument): AuthFile {
  const serverPair = keyPair(server);
  const address: ListenAddress | undefined =
    server.net === 'unix' ? { kind: 'unix', path: server.addr } : parseListenAddress(server.addr);
  if (address === undefined) throw new TypeError('an address that was checked before');
  return Object.freeze({
    file,
    server: {
      address,
      pathPrefix: server.path_prefix,
      keyPair: serverPair,
      acme: acmeOf(file, server.letsencrypt),
      realIpHeader: server.real_ip_header || undefined,
      realIpPosition: server.real_ip_pos,
      hsts: server.hsts,
      minimumVersion: server.tls_min_version,
      curves: server.tls_curve_preferences,
      cipherSuites: server.tls_cipher_suites,
    },
    token: {
      issuer: token.issuer,
      expirationSeconds: token.expiration,
      keyPair: keyPair(token) ?? serverPair,
      legacyKeyId: !token.disable_legacy_key_id,
      refreshExpirationSeconds: token.refresh_expiration,
    },
    users: toUsers(users),
    acl,
  });
}

function keyPair({ certificate, key }: { certificate?: string | undefined; key?: string | undefined }) {
  return certificate && key ? { certificateFile: certificate, keyFile: key } : undefined;
}

function acmeOf(file: string, letsencrypt: AuthDocument['server']['letsencrypt']): AcmeSettings | undefined {
  if (letsencrypt === undefined) return undefined;
  const { cache_dir, host, email, directory_url, http_addr } = letsencrypt;
  return acmeSettings({
    hosts: host === undefined ? [] : [host],
    email,
    directoryUrl: directory_url,
    cacheFolder: cache_dir,
    httpAddress: http_addr,
    isSetBy: `server.letsencrypt in ${file}`,
  });
}

function toUsers(users: AuthDocument['users']): Readonly<Record<string, AuthUser>> {
  return Object.fromEntries(
    Object.entries(users).map(([account, { password, labels }]) => [
      account,
      { ...(password !== undefined && { passwordHash: password }), ...(labels && { labels }) },
    ]),
  );
}
