// `berth registry CONFIG`: a registry alone, as a configuration of distribution's says.

import { access } from 'node:fs/promises';
import { readConfigText } from '../config/config-text.ts';
import { readEnvironment } from '../config/environment.ts';
import { parseRegistryFile, type RegistryFile, type UpstreamBy } from '../config/registry-file.ts';
import { registryFiles } from '../config/registry-files.ts';
import { behaviourOf, registryOptions } from '../config/registry-settings.ts';
import { prepareDataDirectory } from '../data-directory.ts';
import { StartError } from '../errors.ts';
import { htpasswdAccounts } from '../htpasswd-accounts.ts';
import { readAuthorities } from '../http/client-certificates.ts';
import { readPem } from '../http/tls.ts';
import type { Log } from '../log/log.ts';
import { processLog } from '../log/process-log.ts';
import { keysOf } from '../lone-registry.ts';
import type { ForeignTokens, LoneAccess, LoneRegistrySettings } from '../serving/settings.ts';
import type { UpstreamSettings } from '../upstream/ask-upstream.ts';
import { serveUntilStopped } from '../workers/serve-until-stopped.ts';
import { registryTls } from './registry-tls.ts';
import { tellNotes } from './tell-notes.ts';
import { warnOfRelaxed } from './warn-of-relaxed.ts';

/**
 * Serves until a signal ends it.
 * @returns the exit code
 * @throws StartError
 */
export async function registry(configFile: string | undefined): Promise<number> {
  const { configurationPath } = readEnvironment();
  return serveAlone(await readRegistryFile(configFile ?? configurationPath ?? (await usualFile())));
}

export async function serveAlone(from: RegistryFile): Promise<number> {
  const log = processLog(registryOptions(from));
  tellNotes(from, log);
  return serveUntilStopped(await loneRegistrySettings(from, log), log);
}

/** @throws StartError naming the file, or a variable, and each mistake */
export async function readRegistryFile(file: string): Promise<RegistryFile> {
  return parseRegistryFile(file, await readConfigText(file), readEnvironment().variables);
}

/** @throws StartError where there is none */
export async function usualFile(): Promise<string> {
  for (const file of registryFiles) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  throw new StartError(
    `no configuration: name its file, or set REGISTRY_CONFIGURATION_PATH; neither ${registryFiles.join(' nor ')} is there`,
  );
}

async function loneRegistrySettings(from: RegistryFile, log: Log): Promise<LoneRegistrySettings> {
  const options = registryOptions(from);
  const { file, rootDirectory, setBy } = from;
  if (rootDirectory !== undefined) await prepareDataDirectory(rootDirectory, setBy.rootDirectory);
  const access = await loneAccess(from);
  if (access.kind === 'open') {
    log.warn(
      `${file}: there is no auth section: everybody who reaches the registry may pull, push and delete`,
    );
  }
  warnOfRelaxed(options, 'berth.durability', log);
  return {
    kind: 'lone-registry',
    options,
    behaviour: behaviourOf(from),
    access,
    address: from.address,
    addressIsSetBy: setBy.address,
    tls: await registryTls(from),
  };
}

/** @throws StartError naming a key and the file that it names */
export async function loneAccess({ access: by }: RegistryFile): Promise<LoneAccess> {
  if (by.kind === 'htpasswd') await htpasswdAccounts({ file: by.file }).close();
  if (by.kind !== 'token') return by;
  const { realm, path, service, issuer, algorithms, certificatesFile, jwksFile } = by;
  const certificates = certificatesFile && (await readPem(certificatesFile, 'auth.token.rootcertbundle'));
  const jwks = jwksFile && (await readPem(jwksFile, 'auth.token.jwks'));
  tryKeys(certificatesFile, { certificates, jwks: undefined }, 'auth.token.rootcertbundle');
  tryKeys(jwksFile, { certificates: undefined, jwks }, 'auth.token.jwks');
  const upstream = by.upstream && (await upstreamSettings(by.upstream));
  return { kind: 'token', realm, path, service, issuer, algorithms, certificates, jwks, upstream };
}

/** @throws StartError naming the file that holds no certificate */
async function upstreamSettings({ url, caFile }: UpstreamBy): Promise<UpstreamSettings> {
  return { url, ca: caFile && (await readAuthorities(caFile, 'auth.token.upstreamca')) };
}

/** @throws StartError naming the key and the file that holds no keys, and why */
function tryKeys(
  file: string | undefined,
  texts: Pick<ForeignTokens, 'certificates' | 'jwks'>,
  key: string,
): void {
  try {
    keysOf(texts);
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : messageOf(error);
    throw new StartError(`${key} ${file}: ${why}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
