// `berth config check` and `berth config print`: what is wrong with files, and what of one is in force. Serves nothing.

import { type AuthFile, parseAuthFile } from '../config/auth-file.ts';
import { readConfigText } from '../config/config-text.ts';
import { contradictions } from '../config/contradictions.ts';
import { readEnvironment } from '../config/environment.ts';
import { kindOf } from '../config/file-kind.ts';
import { authInForce, registryInForce } from '../config/in-force.ts';
import { parseRegistryFile, type RegistryFile } from '../config/registry-file.ts';
import { behaviourOf } from '../config/registry-settings.ts';
import { StartError } from '../errors.ts';
import { configuredSigner } from '../first-start/own-keys.ts';
import { hostWarnings, toldHosts } from '../http/certificate-hosts.ts';
import { certificateWarnings, listenerTls, type TlsSettings } from '../http/tls.ts';
import { loneAccess, usualFile } from './registry.ts';
import { registryTls } from './registry-tls.ts';

type Checked =
  | { readonly kind: 'registry'; readonly file: RegistryFile }
  | { readonly kind: 'docker_auth'; readonly file: AuthFile };

/**
 * Tells of each file what it is and what Berth doesn't do of it.
 * @returns the exit code: 0 where nothing is wrong
 * @throws StartError with every mistake in all of them, and where they contradict each other
 */
export async function checkFiles(names: readonly string[], write: (text: string) => void): Promise<number> {
  const mistakes: string[] = [];
  const checked: Checked[] = [];
  for (const name of names) {
    try {
      const one = await readOne(name);
      checked.push(one);
      const warnings = await checkNamedFiles(one);
      write(`${name}: ${describe(one, warnings)}\n`);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      mistakes.push(...error.lines.map((line) => (line.startsWith(name) ? line : `${name}: ${line}`)));
    }
  }
  mistakes.push(...contradictionsIn(checked));
  if (mistakes.length > 0) throw new StartError(mistakes);
  return 0;
}

/** Writes what of the file is in force. @throws StartError */
export async function printFile(name: string | undefined, write: (text: string) => void): Promise<number> {
  const { configurationPath, variables } = readEnvironment();
  const file = name ?? configurationPath ?? (await usualFile());
  const text = await readConfigText(file);
  write(kindIn(file, text) === 'registry' ? registryInForce(file, text, variables) : authInForce(file, text));
  return 0;
}

async function readOne(name: string): Promise<Checked> {
  const text = await readConfigText(name);
  return kindIn(name, text) === 'docker_auth'
    ? { kind: 'docker_auth', file: parseAuthFile(name, text) }
    : { kind: 'registry', file: parseRegistryFile(name, text, readEnvironment().variables) };
}

/**
 * @returns what clients will stumble over in a certificate that can be used
 * @throws StartError for the first file that it names and that can't be used
 */
async function checkNamedFiles(checked: Checked): Promise<readonly string[]> {
  if (checked.kind === 'docker_auth') {
    const { server, token, file } = checked.file;
    const tls = await listenerTls(server.keyPair, server, server.acme);
    if (token.keyPair) await configuredSigner(token.keyPair, token.legacyKeyId);
    return tlsWarnings(tls, { address: server.address, addressIsSetBy: `server.addr in ${file}` }, '');
  }
  const { address, setBy } = checked.file;
  const tls = await registryTls(checked.file);
  await loneAccess(checked.file);
  return tlsWarnings(tls, { address, addressIsSetBy: setBy.address }, behaviourOf(checked.file).host);
}

async function tlsWarnings(
  tls: TlsSettings | undefined,
  at: Parameters<typeof toldHosts>[0],
  host: string,
): Promise<readonly string[]> {
  // One that an authority is still to give is for the names that it is asked for.
  if (tls === undefined || tls.cert === '') return [];
  return [
    ...certificateWarnings(tls.cert, Date.now()),
    ...(await hostWarnings(tls.cert, toldHosts(at, host))),
  ];
}

/** @throws StartError for a file that is neither */
function kindIn(name: string, text: string): Checked['kind'] {
  const kind = kindOf(text);
  if (kind !== undefined) return kind;
  throw new StartError(
    `${name}: is neither a configuration of distribution (version, storage, http, …) nor one of docker_auth (server, token, users, acl)`,
  );
}

function describe(checked: Checked, warnings: readonly string[]): string {
  const notes = checked.kind === 'registry' ? checked.file.notes : [];
  const ofWhom = checked.kind === 'registry' ? 'distribution' : 'docker_auth';
  const lines = [...notes, ...warnings].map((line) => `  ${line}`);
  return [`a configuration of ${ofWhom}; no mistakes`, ...lines].join('\n');
}

function contradictionsIn(checked: readonly Checked[]): readonly string[] {
  const registries = checked.flatMap((one) => (one.kind === 'registry' ? [one.file] : []));
  const auths = checked.flatMap((one) => (one.kind === 'docker_auth' ? [one.file] : []));
  return registries.flatMap((registry) => auths.flatMap((auth) => contradictions(registry, auth)));
}
