// `berth serve`: from flags to a listening registry, and to its end. Its steps in order.

import { join } from 'node:path';
import { type Driver, filesystemDriver, memoryDriver } from '@berth/registry';
import { type AuthFile, parseAuthFile, readAuthFile } from '../config/auth-file.ts';
import type { ServeOptions } from '../config/serve-options.ts';
import { prepareDataDirectory } from '../data-directory.ts';
import { adminAccount, isOtherPassword, ownAccounts, ownDirectory } from '../first-start/first-start.ts';
import { hostToType, newcomerText } from '../first-start/newcomer.ts';
import { type OwnFiles, ownFilesIn, ownFilesInMemory } from '../first-start/own-files.ts';
import { refreshSecret, tokenSigner } from '../first-start/own-keys.ts';
import { listen } from '../http/listen.ts';
import { listenerTls } from '../http/tls.ts';
import { trustedProxies } from '../http/trusted-proxies.ts';
import { createLog, type Log } from '../log/log.ts';
import { writeOut } from '../log/stdout.ts';
import { createOneProcess } from '../one-process.ts';
import { startPurging } from '../purge.ts';
import { untilStopped } from '../until-stopped.ts';

/**
 * Serves until a signal ends it.
 * @returns the exit code
 * @throws StartError
 */
export async function serve(options: ServeOptions): Promise<number> {
  const { dataDirectory, drainTimeoutMs } = options;
  const log = createLog({ level: options.logLevel, format: options.logFormat, write: writeOut });
  if (dataDirectory !== undefined) await prepareDataDirectory(dataDirectory);
  const ownPath = dataDirectory && join(dataDirectory, ownDirectory);
  const files = ownPath === undefined ? ownFilesInMemory() : ownFilesIn(ownPath);
  const authFile = await readAccounts(options, files, log);
  const oneProcess = createOneProcess({
    authFile,
    signer: await tokenSigner(authFile, files),
    refreshSecret: await refreshSecret(files),
    driver: driverFor(options, log),
    proxies: trustedProxies(options.trustedProxies),
    service: options.service,
    sparseIndexes: options.sparseIndexes,
    log,
  });
  const listening = await listen({
    address: options.address,
    addressIsSetBy: '--addr HOST:PORT',
    tls: await listenerTls(options.tls ?? authFile.server.keyPair, authFile.server),
    handler: oneProcess.handler,
    log,
  });
  log.listening(listening.url);
  const leaseDirectory = ownPath && join(ownPath, 'leases');
  const stopPurging = startPurging({ registry: oneProcess.registry, leaseDirectory, log });
  const close = async () => {
    await stopPurging();
    await oneProcess.close();
  };
  return untilStopped({ listening, log, drainTimeoutMs, close });
}

/** The accounts and rules: of the file that is named, or Berth's own. */
async function readAccounts(options: ServeOptions, files: OwnFiles, log: Log): Promise<AuthFile> {
  const { authConfigFile, adminPassword, address, logFormat } = options;
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

function driverFor({ dataDirectory, durability }: ServeOptions, log: Log): Driver {
  if (dataDirectory === undefined) return memoryDriver();
  if (durability === 'relaxed') {
    log.warn(
      '--durability relaxed: what was pushed, moved or deleted in the last half minute or so may be lost, or damaged, when the power fails or the machine crashes',
    );
  }
  return filesystemDriver({ rootDirectory: dataDirectory, durability });
}
