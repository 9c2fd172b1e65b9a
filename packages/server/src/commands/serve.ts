// `berth serve`: what has to be there and what is read, once, before anybody serves; then the serving, to its end.

import { join } from 'node:path';
import { type AuthFile, parseAuthFile, readAuthFile } from '../config/auth-file.ts';
import { warnOfOpenAccounts } from '../config/open-accounts.ts';
import type { ServeOptions } from '../config/serve-options.ts';
import { ownDirectory, prepareDataDirectory } from '../data-directory.ts';
import { adminAccount, isOtherPassword, ownAccounts } from '../first-start/first-start.ts';
import { hostToType, newcomerText } from '../first-start/newcomer.ts';
import { type OwnFiles, ownFilesIn, ownFilesInMemory } from '../first-start/own-files.ts';
import { refreshSecret, tokenSigner } from '../first-start/own-keys.ts';
import { listenerTls } from '../http/tls.ts';
import { createLog, type Log } from '../log/log.ts';
import { writeOut } from '../log/stdout.ts';
import type { RegistrySettings } from '../serving/settings.ts';
import { serveUntilStopped } from '../workers/serve-until-stopped.ts';

/**
 * Serves until a signal ends it.
 * @returns the exit code
 * @throws StartError
 */
export async function serve({ adminPassword, ...options }: ServeOptions): Promise<number> {
  const log = createLog({ level: options.logLevel, format: options.logFormat, write: writeOut });
  return serveUntilStopped(await registrySettings(options, adminPassword, log), log);
}

async function registrySettings(
  options: RegistrySettings['options'],
  adminPassword: string | undefined,
  log: Log,
): Promise<RegistrySettings> {
  const { dataDirectory } = options;
  if (dataDirectory !== undefined) await prepareDataDirectory(dataDirectory);
  const files =
    dataDirectory === undefined ? ownFilesInMemory() : ownFilesIn(join(dataDirectory, ownDirectory));
  const authFile = await readAccounts(options, adminPassword, files, log);
  warnOfOpenAccounts(authFile, log);
  warnOfRelaxed(options, log);
  return {
    kind: 'registry',
    options,
    authFile,
    signerFiles: await tokenSigner(authFile, files),
    refreshSecret: await refreshSecret(files),
    address: options.address,
    addressIsSetBy: '--addr HOST:PORT',
    tls: await listenerTls(options.tls ?? authFile.server.keyPair, authFile.server),
  };
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

function warnOfRelaxed({ dataDirectory, durability }: RegistrySettings['options'], log: Log): void {
  if (dataDirectory === undefined || durability !== 'relaxed') return;
  log.warn(
    '--durability relaxed: what was pushed, moved or deleted in the last half minute or so may be lost, or damaged, when the power fails or the machine crashes',
  );
}
