// A configuration of distribution's: from the text of the file, and the environment over it, to typed values. Knows no
// listener and reads no certificate.

import type { SecureVersion } from 'node:tls';
import type { Algorithm } from '@berth/registry';
import { type AcmeSettings, acmeSettings } from '../acme/acme-settings.ts';
import { isForRegistry } from '../http/dispatch.ts';
import type { LogLevel } from '../log/format.ts';
import type { Purging } from '../serving/behaviour.ts';
import type { KeyPairFiles } from './auth-file.ts';
import type { Variables } from './environment.ts';
import { formatPath, type KeyMistake, valueAt } from './key-mistakes.ts';
import { type ListenAddress, listenAddressForm, parseListenAddress } from './listen-address.ts';
import { realmWarning } from './realm-warning.ts';
import { emptyMaps, haveShortForms, type WithEnvironment, withEnvironment } from './registry-environment.ts';
import { registryKeys } from './registry-keys.ts';
import { type RegistryDocument, registrySchema } from './registry-schema.ts';
import { opensslWord, tlsCipherSuites } from './tls-words.ts';
import { parseTyped } from './typed-file.ts';
import { parseYamlSource, type ValuePath } from './yaml-source.ts';

/** Who gets in, by the file: tokens of another server, or accounts with a password, or nobody is asked. */
export type FileAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'htpasswd'; readonly realm: string; readonly file: string }
  | {
      readonly kind: 'token';
      /** Undefined: on the host and port that a client used, at `path`. */
      readonly realm: string | undefined;
      readonly path: string;
      readonly service: string;
      readonly issuer: string;
      readonly certificatesFile: string | undefined;
      readonly jwksFile: string | undefined;
      readonly algorithms: readonly Algorithm[] | undefined;
      /** Who answers at `path`. */
      readonly upstream: UpstreamBy | undefined;
    };

/** Who is asked for tokens in the clients' place. */
export interface UpstreamBy {
  readonly url: string;
  /** PEM: who signed its certificate. */
  readonly caFile: string | undefined;
}

/** What a configuration of distribution's says: plain values, which can be sent to another process. */
export interface RegistryFile {
  readonly file: string;
  readonly document: RegistryDocument;
  readonly logLevel: LogLevel;
  readonly address: ListenAddress;
  readonly keyPair: KeyPairFiles | undefined;
  /** Who gives the pair where it isn't in files. */
  readonly acme: AcmeSettings | undefined;
  readonly minimumVersion: SecureVersion;
  readonly cipherSuites: readonly string[] | undefined;
  /** Undefined: nothing is written to the disk. */
  readonly rootDirectory: string | undefined;
  readonly purging: Purging | undefined;
  readonly access: FileAccess;
  /** Where a person changes these: a key of the file, or a variable that goes over it. */
  readonly setBy: { readonly rootDirectory: string; readonly address: string };
  /** What the log should say of it: keys that change nothing, variables that nobody knows. */
  readonly notes: readonly string[];
}

/** @throws StartError naming `file` or a variable, and each mistake */
export function parseRegistryFile(file: string, text: string, variables: Variables): RegistryFile {
  const { document, notes, variableOf } = readRegistryDocument(file, text, variables);
  const setBy = (path: ValuePath) => variableOf(path) ?? `${formatPath(path)} in ${file}`;
  return {
    ...toRegistryFile(file, document, notes),
    setBy: {
      rootDirectory: setBy(['storage', 'filesystem', 'rootdirectory']),
      address: setBy(['http', 'addr']),
    },
  };
}

interface RegistrySource extends WithEnvironment {
  readonly document: RegistryDocument;
}

/** The values of file and environment, checked. @throws StartError naming `file` or a variable, and each mistake */
export function readRegistryDocument(file: string, text: string, variables: Variables): RegistrySource {
  const source = parseYamlSource(text, emptyMaps);
  const { value, variableOf, notes } = withEnvironment(withLongForms(source.value), variables);
  const document = parseTyped({
    file,
    source: { ...source, value },
    schema: registrySchema,
    refusal,
    moreMistakes: crossMistakes,
    variableOf,
  });
  const where = (path: ValuePath) => variableOf(path) ?? `${file}:${source.placeOf(path, 'key').line}`;
  return { document, value, variableOf, notes: [...notes, ...ignoredNotes(value, where)] };
}

function withLongForms(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) =>
      haveShortForms.has(name) && typeof content === 'string' ? [name, { [content]: {} }] : [name, content],
    ),
  );
}

function refusal(path: ValuePath): string | undefined {
  const key = path.join('.');
  const known = Object.hasOwn(registryKeys, key) ? registryKeys[key] : undefined;
  return known?.verdict === 'refused'
    ? `is not supported by this version of Berth: ${known.words}`
    : undefined;
}

/** One for each key that is set and ignored. */
function ignoredNotes(value: unknown, where: (path: ValuePath) => string): readonly string[] {
  return Object.entries(registryKeys).flatMap(([key, { verdict, words }]) => {
    const path = key.split('.');
    if (verdict !== 'ignored' || valueAt(value, path) === undefined) return [];
    return [`${where(path)}: ${formatPath(path)} is ignored: ${words}`];
  });
}

/** What single values cannot say: what belongs together, and what excludes each other. */
function crossMistakes({ storage, auth, http }: RegistryDocument): readonly KeyMistake[] {
  const mistakes: KeyMistake[] = [];
  const add = (path: readonly string[], problem: string) => mistakes.push({ path, what: 'value', problem });
  if (storage.filesystem && storage.inmemory)
    add(['storage', 'inmemory'], 'cannot be there beside storage.filesystem');
  if (!storage.filesystem && !storage.inmemory) add(['storage'], 'needs filesystem or inmemory in it');
  if (http.net === 'tcp' && parseListenAddress(http.addr) === undefined) {
    add(['http', 'addr'], `must be ${listenAddressForm}, not ${JSON.stringify(http.addr)}`);
  }
  const { certificate, key } = http.tls;
  if (certificate && !key) add(['http', 'tls', 'certificate'], 'needs http.tls.key beside it');
  if (key && !certificate) add(['http', 'tls', 'key'], 'needs http.tls.certificate beside it');
  const { letsencrypt } = http.tls;
  if (letsencrypt && certificate)
    add(['http', 'tls', 'letsencrypt'], 'cannot be there beside http.tls.certificate');
  if (letsencrypt && !letsencrypt.cachefile)
    add(['http', 'tls', 'letsencrypt'], 'needs cachefile in it: the folder of what it gets');
  if (letsencrypt && letsencrypt.hosts.length === 0)
    add(['http', 'tls', 'letsencrypt'], 'needs hosts in it: the names of this registry');
  if (http.tls.clientcas.length > 0 && !certificate && !letsencrypt) {
    add(['http', 'tls', 'clientcas'], 'needs http.tls.certificate beside it');
  }
  return [...mistakes, ...authMistakes(auth), ...upstreamMistakes(auth, http.prefix)];
}

function upstreamMistakes({ token }: RegistryDocument['auth'], prefix: string): readonly KeyMistake[] {
  if (token === undefined) return [];
  const { upstream, upstreamca, autoredirect, autoredirectpath } = token;
  const mistakes: KeyMistake[] = [];
  const add = (key: string, problem: string) =>
    mistakes.push({ path: ['auth', 'token', key], what: 'key', problem });
  if (upstream !== undefined && !autoredirect)
    add('upstream', 'needs auth.token.autoredirect: true beside it; without that, clients go to the realm');
  if (upstream !== undefined && isForRegistry(autoredirectpath, prefix.replace(/\/$/, '')))
    add('autoredirectpath', 'is a path of the registry itself; choose another, as in /auth/token');
  if (upstreamca !== undefined && !/^https:/i.test(upstream ?? ''))
    add('upstreamca', 'needs auth.token.upstream beside it, with an https:// URL');
  return mistakes;
}

function authMistakes({ token, htpasswd, none }: RegistryDocument['auth']): readonly KeyMistake[] {
  const mistakes: KeyMistake[] = [];
  const kinds = Object.entries({ token, htpasswd, none }).filter(([, section]) => section !== undefined);
  const [first, second] = kinds.map(([kind]) => kind);
  if (first !== undefined && second !== undefined) {
    mistakes.push({ path: ['auth', second], what: 'key', problem: `cannot be there beside auth.${first}` });
  }
  const add = (problem: string) => mistakes.push({ path: ['auth', 'token'], what: 'key', problem });
  if (token === undefined) return mistakes;
  if (token.realm === undefined && !token.autoredirect) add('needs realm in it, or autoredirect: true');
  if (token.rootcertbundle === undefined && token.jwks === undefined)
    add('needs rootcertbundle or jwks in it');
  if (token.signingalgorithms && acceptedAlgorithms(token.signingalgorithms).length === 0) {
    add('has no signingalgorithms that Berth accepts: RS…, ES… and EdDSA');
  }
  return mistakes;
}

/** `HS…` would be a secret that whoever can read it makes tokens with; `PS…` nobody signs with. */
function acceptedAlgorithms(names: readonly string[]): readonly Algorithm[] {
  const accepted: readonly Algorithm[] = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'EdDSA'];
  return accepted.filter((name) => names.includes(name));
}

const versions = {
  'tls1.0': 'TLSv1',
  'tls1.1': 'TLSv1.1',
  'tls1.2': 'TLSv1.2',
  'tls1.3': 'TLSv1.3',
} as const satisfies Record<string, SecureVersion>;

function toRegistryFile(
  file: string,
  document: RegistryDocument,
  notes: readonly string[],
): Omit<RegistryFile, 'setBy'> {
  const { log, loglevel, storage, auth, http } = document;
  const { certificate, key, minimumtls, ciphersuites } = http.tls;
  const address =
    http.net === 'unix' ? { kind: 'unix' as const, path: http.addr } : parseListenAddress(http.addr);
  if (address === undefined) throw new TypeError('an address that was checked before');
  const { enabled, age, interval, dryrun } = storage.maintenance.uploadpurging;
  return {
    file,
    document,
    logLevel: log.level ?? loglevel ?? 'info',
    address,
    keyPair: certificate && key ? { certificateFile: certificate, keyFile: key } : undefined,
    acme: acmeOf(file, http.tls.letsencrypt),
    minimumVersion: versions[minimumtls],
    cipherSuites: ciphersuites?.map((suite) => opensslWord(tlsCipherSuites, suite) ?? suite),
    rootDirectory: storage.filesystem?.rootdirectory,
    purging: enabled ? { ageMs: age, intervalMs: interval, dryRun: dryrun } : undefined,
    access: toAccess(auth),
    notes: [...notes, ...algorithmNotes(file, auth), ...realmNotes(file, document)],
  };
}

function acmeOf(
  file: string,
  letsencrypt: RegistryDocument['http']['tls']['letsencrypt'],
): AcmeSettings | undefined {
  if (letsencrypt === undefined) return undefined;
  const { cachefile, hosts, email, directoryurl, httpaddr } = letsencrypt;
  return acmeSettings({
    hosts,
    email,
    directoryUrl: directoryurl,
    cacheFolder: cachefile,
    httpAddress: httpaddr,
    isSetBy: `http.tls.letsencrypt in ${file}`,
  });
}

function toAccess({ token, htpasswd }: RegistryDocument['auth']): FileAccess {
  if (htpasswd !== undefined) return { kind: 'htpasswd', realm: htpasswd.realm, file: htpasswd.path };
  if (token === undefined) return { kind: 'open' };
  return {
    kind: 'token',
    realm: token.autoredirect ? undefined : token.realm,
    path: token.autoredirectpath,
    service: token.service,
    issuer: token.issuer,
    certificatesFile: token.rootcertbundle,
    jwksFile: token.jwks,
    algorithms: token.signingalgorithms && acceptedAlgorithms(token.signingalgorithms),
    upstream: token.upstream === undefined ? undefined : { url: token.upstream, caFile: token.upstreamca },
  };
}

function realmNotes(file: string, { auth, http }: RegistryDocument): readonly string[] {
  if (auth.token?.realm === undefined || auth.token.autoredirect) return [];
  const own = { url: http.host, isTls: (http.tls.certificate ?? http.tls.letsencrypt) !== undefined };
  const warning = realmWarning(auth.token.realm, own);
  return warning === undefined ? [] : [`${file}: auth.token.realm ${warning}`];
}

function algorithmNotes(file: string, { token }: RegistryDocument['auth']): readonly string[] {
  const listed = token?.signingalgorithms ?? [];
  const accepted: readonly string[] = acceptedAlgorithms(listed);
  const others = listed.filter((name) => !accepted.includes(name));
  if (others.length === 0) return [];
  return [`${file}: auth.token.signingalgorithms: ${others.join(', ')} are never accepted by Berth`];
}
