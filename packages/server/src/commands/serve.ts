// `berth serve`: what has to be there and what is read, once, before anybody serves; then the serving, to its end.

import { join } from 'node:path';
import { type AuthFile, parseAuthFile, readAuthFile } from '../config/auth-file.ts';
import { warnOfOpenAccounts } from '../config/open-accounts.ts';
import type { RegistryFile } from '../config/registry-file.ts';
import type { ServeOptions } from '../config/serve-options.ts';
import { ownDirectory, prepareDataDirectory } from '../data-directory.ts';
import { adminAccount, isOtherPassword, ownAccounts } from '../first-start/first-start.ts';
import { hostToType, newcomerText } from '../first-start/newcomer.ts';
import { type OwnFiles, ownFilesIn, ownFilesInMemory } from '../first-start/own-files.ts';
import { refreshSecret, tokenSigner } from '../first-start/own-keys.ts';
import { listenerTls, type TlsSettings } from '../http/tls.ts';
import type { Log } from '../log/log.ts';
import { processLog } from '../log/process-log.ts';
import { writeOut } from '../log/stdout.ts';
import { type Behaviour, ownBehaviour } from '../serving/behaviour.ts';
import type { RegistrySettings } from '../serving/settings.ts';
import { serveUntilStopped } from '../workers/serve-until-stopped.ts';
import { tellNotes } from './tell-notes.ts';
import { warnOfRelaxed } from './warn-of-relaxed.ts';

/**
 * Serves until a signal ends it.
 * @param from the configuration of distribution's that the options come from, if they do
 * @returns the exit code
 * @throws StartError
 */
export async function serve(
  { adminPassword, sparseIndexes = false, ...options }: ServeOptions,
  from?: RegistryFile,
): Promise<number> {
  const log = processLog(options);
  if (from !== undefined) tellNotes(from, log);
  const behaviour = from ? await behaviourByFile(from) : behaviourByFlags(sparseIndexes);
  return serveUntilStopped(await registrySettings(options, behaviour, adminPassword, log, from), log);
}

async function registrySettings(
  options: RegistrySettings['options'],
  behaviour: Behaviour,
  adminPassword: string | undefined,
  log: Log,
  from: RegistryFile | undefined,
): Promise<RegistrySettings> {
  const { dataDirectory } = options;
  if (dataDirectory !== undefined)
    await prepareDataDirectory(dataDirectory, from?.setBy.rootDirectory ?? '--data DIR');
  const files =
    dataDirectory === undefined ? ownFilesInMemory() : ownFilesIn(join(dataDirectory, ownDirectory));
  const authFile = await readAccounts(options, adminPassword, files, log);
  warnOfOpenAccounts(authFile, log);
  warnOfRelaxed(options, from ? 'berth.durability' : '--durability', log);
  return {
    kind: 'registry',
    behaviour,
    options,
    authFile,
    signerFiles: await tokenSigner(authFile, files),
    refreshSecret: await refreshSecret(files),
    address: options.address,
    addressIsSetBy: from?.setBy.address ?? '--addr HOST:PORT',
    tls: await tlsOf(options, authFile, from),
  };
}

// What reads files of distribution's is loaded where there is one: its schema takes as long as all else that is read.

async function behaviourByFile(from: RegistryFile): Promise<Behaviour> {
  const { behaviourOf } = await import('../config/registry-settings.ts');
  return behaviourOf(from);
}

async function tlsByFile(from: RegistryFile): Promise<TlsSettings | undefined> {
  const { registryTls } = await import('./registry-tls.ts');
  return registryTls(from);
}

function behaviourByFlags(sparseIndexes: boolean): Behaviour {
  if (!sparseIndexes) return ownBehaviour;
  return { ...ownBehaviour, manifests: { listed: [], blobs: false, urls: undefined } };
}

/** HTTPS with the pair of the configuration or of the flags, or with that of the accounts' file. */
async function tlsOf(
  options: RegistrySettings['options'],
  authFile: AuthFile,
  from: RegistryFile | undefined,
): Promise<TlsSettings | undefined> {
  if (from !== undefined && (from.keyPair ?? from.acme) !== undefined) return tlsByFile(from);
  const { keyPair, acme } = authFile.server;
  return listenerTls(options.tls ?? keyPair, authFile.server, acme);
}

/** The accounts and rules: of the file that is named, or Berth's own. */
async function readAccounts(
  { authConfigFile, address, logFormat }: RegistrySettings['options'],
  adminPassword: string | undefined,
  files: OwnFiles,
  log: Log,
): Promise<AuthFile> {
  if (authConfigFile !== undefined) {
    if (adminPassword !== undefined) log.warn('BERTH_ADMIN_PASSWORD changes nothing with --auth-config');
    return readAuthFile(authConfigFile);
  }
  const accounts = await ownAccounts(files, adminPassword);
  // At once: a password that was made and not shown, because something else failed, would be lost.
  writeOut(newcomerText(hostToType(address), accounts, logFormat));
  const authFile = parseAuthFile(accounts.file, accounts.text);
  if (adminPassword !== undefined && accounts.made === undefined) {
    warnOfOtherPassword(adminPassword, authFile, log).catch((error) => log.error(String(error)));
  }
  return authFile;
}

async function warnOfOtherPassword(
  adminPassword: string,
  { file, users }: AuthFile,
  log: Log,
): Promise<void> {
  if (!(await isOtherPassword(adminPassword, users[adminAccount]?.passwordHash))) return;
  log.warn(
    `BERTH_ADMIN_PASSWORD is not the password of ${adminAccount} in ${file} and changes nothing; change it there`,
  );
}
