// What is kept of an ACME authority between two starts, in the form of Go's autocert (golang.org/x/crypto/acme/autocert), so
// that the cache of distribution or docker_auth goes on: a file for each certificate, its key first; and the account's key.

import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { access, constants, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorCode, fileReason, StartError } from '../errors.ts';
import type { KeyPair } from '../http/tls.ts';
import { makeDirectory, makeFile, replaceFile } from '../whole-files.ts';
import type { AcmeSettings } from './acme-settings.ts';

const accountFile = 'acme_account+key';
const secret = 0o600;

/** A key of autocert's kind, PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

/** Makes the folder if it is missing. @throws StartError where it can't be used */
export async function prepareCache(settings: AcmeSettings): Promise<void> {
  const { cacheFolder } = settings;
  await orStartError(settings, () => makeDirectory(resolve(cacheFolder), 0o700));
  await orStartError(settings, () => access(cacheFolder, constants.W_OK));
}

/** The certificate of before, if it is for all hosts and in its time. @throws StartError where the folder can't be read */
export async function cachedPair(settings: AcmeSettings, nowMs: number): Promise<KeyPair | undefined> {
  const { cacheFolder, hosts } = settings;
  const text = await orStartError(settings, () => readIfThere(join(cacheFolder, hosts[0])));
  return text === undefined ? undefined : usablePair(text, hosts, nowMs);
}

/** Kept whole, with its key, in one step. @throws an error of the disk */
export async function keepPair({ cacheFolder, hosts }: AcmeSettings, { cert, key }: KeyPair): Promise<void> {
  await replaceFile(join(cacheFolder, hosts[0]), `${key.trimEnd()}\n${cert.trimEnd()}\n`, secret);
}

/** The account's key, made if there is none. @throws an error of the disk */
export async function accountKey({ cacheFolder }: AcmeSettings): Promise<string> {
  const file = join(cacheFolder, accountFile);
  const there = await readIfThere(file);
  if (there !== undefined) return there;
  await makeFile(file, newKey(), secret);
  return readFile(file, 'utf8');
}

const blocks = /-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g;

/** What is no such file, or no longer of use, is as if it weren't there: another one is got. */
function usablePair(text: string, hosts: readonly string[], nowMs: number): KeyPair | undefined {
  const found = [...text.matchAll(blocks)];
  const key = found.find(([, kind]) => kind?.endsWith('PRIVATE KEY'))?.[0];
  const chain = found.filter(([, kind]) => kind === 'CERTIFICATE').map(([block]) => block);
  const [own] = chain;
  if (key === undefined || own === undefined) return undefined;
  try {
    const certificate = new X509Certificate(own);
    const isInTime =
      certificate.validFromDate.getTime() <= nowMs && nowMs < certificate.validToDate.getTime();
    const isForAll = hosts.every((host) => certificate.checkHost(host) !== undefined);
    if (!isInTime || !isForAll || !certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
    return { cert: `${chain.join('\n')}\n`, key: `${key}\n` };
  } catch {
    return undefined;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function orStartError<T>({ cacheFolder, isSetBy }: AcmeSettings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StartError(`${isSetBy}: the cache ${cacheFolder} can't be used: ${fileReason(error)}`, {
      cause: error,
    });
  }
}
