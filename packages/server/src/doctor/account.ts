// Who is asking: --user with a password, or what `docker login` left behind.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorCode, fileReason, StartError } from '../errors.ts';
import { isRecord, parsed } from './answer-words.ts';
import type { Credentials } from './context.ts';
import { type Checked, finding } from './finding.ts';

export interface Login {
  /** `--user` and its password. */
  readonly given: Credentials | undefined;
  /** `DOCKER_CONFIG`, or undefined for ~/.docker. */
  readonly dockerConfigDirectory: string | undefined;
}

/**
 * @param host as in an image's name
 * @returns undefined as its value for an anonymous client
 * @throws StartError if docker's file can't be read
 */
export async function findCredentials(host: string, login: Login): Promise<Checked<Credentials>> {
  const { given, dockerConfigDirectory = join(homedir(), '.docker') } = login;
  if (given !== undefined) {
    return { findings: [finding('account', 'ok', `${given.account}, as --user says`)], value: given };
  }
  const file = join(dockerConfigDirectory, 'config.json');
  const config = await readConfig(file);
  const value = fromAuths(config, host);
  if (value !== undefined) {
    return { findings: [finding('account', 'ok', `${value.account}, as ${file} says`)], value };
  }
  const helper = helperOf(config, host);
  const message =
    helper === undefined
      ? `no login for ${host} in ${file}: what follows is done without`
      : `${file} keeps logins in docker-credential-${helper}, which is not asked: what follows is done without`;
  return {
    findings: [
      finding('account', 'skipped', message, 'Give --user NAME, and the password in BERTH_PASSWORD'),
    ],
  };
}

async function readConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const config = parsed(await readFile(file, 'utf8'));
    if (isRecord(config)) return config;
    throw new StartError(`${file} is not docker's configuration: it is no JSON object`);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return {};
    if (cause instanceof StartError) throw cause;
    throw new StartError(`${file}: ${fileReason(cause)}`, { cause });
  }
}

function fromAuths({ auths }: Readonly<Record<string, unknown>>, host: string): Credentials | undefined {
  if (!isRecord(auths)) return undefined;
  for (const [key, entry] of Object.entries(auths)) {
    const credentials = bareHost(key) === host ? fromEntry(entry) : undefined;
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

/** Old files have `https://host/v1/` where newer ones have the host. */
function bareHost(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function fromEntry(entry: unknown): Credentials | undefined {
  if (!isRecord(entry)) return undefined;
  const { auth, username, password } = entry;
  if (typeof username === 'string' && typeof password === 'string') return { account: username, password };
  if (typeof auth !== 'string') return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon > 0 ? { account: text.slice(0, colon), password: text.slice(colon + 1) } : undefined;
}

function helperOf(
  { credHelpers, credsStore }: Readonly<Record<string, unknown>>,
  host: string,
): string | undefined {
  const own = isRecord(credHelpers) ? credHelpers[host] : undefined;
  const helper = own ?? credsStore;
  return typeof helper === 'string' ? helper : undefined;
}
