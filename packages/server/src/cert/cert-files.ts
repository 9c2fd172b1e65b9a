// The four files of `berth cert` and what may be done to each: a key is made where none is, and stays; the CA stays; the
// server's certificate is made anew if the CA signed the one that is there.
//
// All are read and judged before any is written. Each is whole or not there, and what was made before a crash is taken up
// by the next run: a key whose certificate is missing gets one.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { errorCode, fileReason, StartError } from '../errors.ts';
import { readPem } from '../http/tls.ts';
import { makeDirectory, makeFile, replaceFile } from '../whole-files.ts';
import { isUsableKey, pemOfKey } from './issue.ts';

export interface CertFiles {
  readonly directory: string;
  readonly authority: string;
  readonly authorityKey: string;
  readonly certificate: string;
  readonly key: string;
}

export function certFilesIn(directory: string): CertFiles {
  return {
    directory,
    authority: join(directory, 'ca.pem'),
    authorityKey: join(directory, 'ca-key.pem'),
    certificate: join(directory, 'cert.pem'),
    key: join(directory, 'key.pem'),
  };
}

export interface AuthorityThere {
  /** PEM */
  readonly certificate: string;
  readonly parsed: X509Certificate;
}

/** What is there already; undefined is what isn't. */
export interface There {
  readonly authority: AuthorityThere | undefined;
  readonly authorityKey: KeyObject | undefined;
  /** PEM, the server's own first; only if the CA that is there signed it. */
  readonly certificate: string | undefined;
  readonly key: KeyObject | undefined;
}

/**
 * @param mayReplace whether somebody else's certificate and key for the server may go: then they are as if not there
 * @throws StartError naming a file that is no CA's, doesn't fit, is somebody else's, or is missing beside another
 */
export async function readThere(files: CertFiles, mayReplace: boolean): Promise<There> {
  const authorityKey = await keyIfThere(files.authorityKey, 'CA key');
  const authority = await authorityIfThere(files, authorityKey);
  return {
    authority,
    authorityKey,
    certificate: await ownCertificate(files.certificate, authority, mayReplace),
    key: mayReplace ? undefined : await keyIfThere(files.key, 'TLS key'),
  };
}

async function authorityIfThere(
  { authority: file, authorityKey: keyFile }: CertFiles,
  key: KeyObject | undefined,
): Promise<AuthorityThere | undefined> {
  const certificate = await pemIfThere(file, 'CA');
  if (certificate === undefined) return undefined;
  const parsed = parseCertificate(certificate, file);
  if (!parsed.ca || !parsed.checkIssued(parsed))
    throw new StartError(`${file}: is no CA that signs itself; choose another folder with --out`);
  if (key === undefined) {
    throw new StartError(
      `${keyFile}: is missing, and without it ${file} signs nothing: put it back, or choose another folder with --out for a new CA, which every client has to trust anew`,
    );
  }
  if (!parsed.checkPrivateKey(key)) throw new StartError(`${keyFile} does not belong to ${file}`);
  return { certificate, parsed };
}

async function ownCertificate(
  file: string,
  authority: AuthorityThere | undefined,
  mayReplace: boolean,
): Promise<string | undefined> {
  const pem = await pemIfThere(file, 'TLS certificate');
  if (pem === undefined || isSignedBy(pem, authority)) return pem;
  if (mayReplace) return undefined;
  throw new StartError(
    `${file}: was not made by berth cert with the CA of this folder, and stays; choose another folder with --out, or have it and its key replaced with --replace`,
  );
}

function isSignedBy(pem: string, authority: AuthorityThere | undefined): boolean {
  try {
    return authority !== undefined && new X509Certificate(pem).verify(authority.parsed.publicKey);
  } catch {
    return false; // no certificate at all
  }
}

/** What of the files is to be written, PEM; undefined stays as it is. */
export interface Texts {
  readonly authorityKey: KeyObject | undefined;
  readonly authority: string | undefined;
  readonly key: KeyObject | undefined;
  readonly certificate: string;
}

/**
 * Keys first: a certificate without its key is good for nothing.
 * @param mayReplace whether the server's key takes the place of one that is there
 * @throws StartError naming the file
 */
export async function writeFiles(files: CertFiles, texts: Texts, mayReplace: boolean): Promise<void> {
  await told(files.directory, makeDirectory(files.directory, 0o755));
  if (texts.authorityKey) await makeNew(files.authorityKey, pemOfKey(texts.authorityKey), 0o600);
  if (texts.authority) await makeNew(files.authority, texts.authority, 0o644);
  if (texts.key) await (mayReplace ? replace : makeNew)(files.key, pemOfKey(texts.key), 0o600);
  await replace(files.certificate, texts.certificate, 0o644);
}

async function makeNew(file: string, text: string, mode: number): Promise<void> {
  if (await told(file, makeFile(file, text, mode))) return;
  throw new StartError(`${file}: has just been made by somebody else; see to it, and start again`);
}

async function replace(file: string, text: string, mode: number): Promise<void> {
  await told(file, replaceFile(file, text, mode));
}

async function told<T>(file: string, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    const reason = fileReason(error);
    throw new StartError(`${file}: cannot be made: ${reason}; choose another folder with --out`, {
      cause: error,
    });
  }
}

async function keyIfThere(file: string, purpose: string): Promise<KeyObject | undefined> {
  const pem = await pemIfThere(file, purpose);
  if (pem === undefined) return undefined;
  const key = parseKey(pem, file);
  if (isUsableKey(key)) return key;
  throw new StartError(
    `${file}: is a key that not every client takes; it must be ECDSA with P-256, P-384 or P-521, or RSA of 2048 bits or more`,
  );
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new StartError(`${file}: holds no private key in PEM form that opens without a password`, {
      cause: error,
    });
  }
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new StartError(`${file}: holds no certificate in PEM form`, { cause: error });
  }
}

async function pemIfThere(file: string, purpose: string): Promise<string | undefined> {
  try {
    return await readPem(file, purpose);
  } catch (error) {
    if (error instanceof StartError && errorCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}
