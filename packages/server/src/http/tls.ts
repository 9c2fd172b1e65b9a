// The key and certificate of the listener, checked before anything listens.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, DEFAULT_CIPHERS, type SecureVersion } from 'node:tls';
import type { AcmeSettings } from '../acme/acme-settings.ts';
import type { KeyPairFiles } from '../config/auth-file.ts';
import { fileReason, StartError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import type { ClientCertificates } from './client-certificates.ts';

export interface KeyPair {
  /** PEM: the own certificate first, then those that signed it. */
  readonly cert: string;
  /** PEM */
  readonly key: string;
}

/** Of certificate and key, '' where an authority is still to give them. */
export interface TlsSettings extends KeyPair {
  /** Where the pair was read, and a new one will be. */
  readonly files?: KeyPairFiles;
  /** Who gives the pair, where it isn't in files. */
  readonly acme?: AcmeSettings;
  readonly minVersion?: SecureVersion;
  /** OpenSSL's words, in order of preference. */
  readonly ecdhCurve?: string;
  readonly ciphers: string;
  /** Undefined: nobody is asked for a certificate. */
  readonly clients?: ClientCertificates;
}

/** Nobody breaks the shorter key either, and it costs a quarter less: what Go's servers take first. */
const PREFERRED = 'TLS_AES_128_GCM_SHA256';

/** Node's own suites. */
const CIPHERS = [PREFERRED, ...DEFAULT_CIPHERS.split(':').filter((suite) => suite !== PREFERRED)].join(':');

/** @throws StartError naming the file that can't be read */
export async function readPem(file: string, purpose: string): Promise<string> {
  try {
    if ((await stat(file)).size > serverLimits.pemBytes)
      throw new StartError(`${purpose} ${file}: too large to be a PEM file`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`${purpose} ${file}: cannot be read: ${fileReason(error)}`, { cause: error });
  }
}

/** What docker_auth's server section says of TLS beside the key pair. */
export interface TlsTuning {
  readonly minimumVersion: SecureVersion | undefined;
  readonly curves: readonly string[] | undefined;
  readonly cipherSuites: readonly string[] | undefined;
}

/** Undefined without a key pair and an authority: plain HTTP. @throws StartError naming the file */
export async function listenerTls(
  files: KeyPairFiles | undefined,
  tuning: TlsTuning,
  acme?: AcmeSettings,
): Promise<TlsSettings | undefined> {
  const { minimumVersion, curves, cipherSuites } = tuning;
  const pair = files === undefined ? acme && (await certifiedPair(acme)) : await filedPair(files);
  return (
    pair && {
      ...pair,
      ...(minimumVersion && { minVersion: minimumVersion }),
      ...(curves && { ecdhCurve: curves.join(':') }),
      ciphers: cipherSuites?.join(':') ?? CIPHERS,
    }
  );
}

type FiledPair = Pick<TlsSettings, 'cert' | 'key' | 'files' | 'acme'>;

async function filedPair(files: KeyPairFiles): Promise<FiledPair> {
  const pair = await readKeyPair(files);
  checkKeyPair(pair, files, Date.now());
  return { ...pair, files };
}

/** What an authority gave before, if it still is good. */
async function certifiedPair(acme: AcmeSettings): Promise<FiledPair> {
  const { cachedPair } = await import('../acme/acme-cache.ts');
  return { cert: '', key: '', ...(await cachedPair(acme, Date.now())), acme };
}

/** @throws StartError naming the file that is unreadable */
export async function readKeyPair({ certificateFile, keyFile }: KeyPairFiles): Promise<KeyPair> {
  const cert = await readPem(certificateFile, 'TLS certificate');
  return { cert, key: await readPem(keyFile, 'TLS key') };
}

/** @throws StartError naming the file that is no PEM, doesn't fit the other, or is out of its time */
export function checkKeyPair(
  { cert, key }: KeyPair,
  { certificateFile, keyFile }: KeyPairFiles,
  nowMs: number,
): void {
  const certificate = parseCertificate(cert, certificateFile);
  if (!certificate.checkPrivateKey(parseKey(key, keyFile))) {
    throw new StartError(`TLS key ${keyFile} does not belong to the certificate ${certificateFile}`);
  }
  checkTime(certificate, certificateFile, nowMs);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new StartError(
      `TLS certificate ${certificateFile}: what follows the first certificate can't be read, or the key is one that TLS doesn't take (${String(error)})`,
      { cause: error },
    );
  }
}

/** No client takes one out of its time. @throws StartError naming the file and the time */
function checkTime({ validFromDate, validToDate }: X509Certificate, file: string, nowMs: number): void {
  if (validToDate.getTime() < nowMs)
    throw new StartError(`TLS certificate ${file}: expired on ${dayOf(validToDate)}; put a new one there`);
  if (validFromDate.getTime() > nowMs) {
    throw new StartError(
      `TLS certificate ${file}: is not valid before ${validFromDate.toISOString()}; if that is past, this machine's clock is wrong (${new Date(nowMs).toISOString()})`,
    );
  }
}

/** What of a listener's certificate, which was valid at first, clients will stumble over, now or soon. @param pem the own one first */
export function certificateWarnings(pem: string, nowMs: number): readonly string[] {
  const { subjectAltName, validToDate } = new X509Certificate(pem);
  const warnings: string[] = [];
  if (subjectAltName === undefined) {
    warnings.push(
      "the TLS certificate names no host in subjectAltName, and no client looks into its subject any more: make one with the registry's name as a DNS or IP entry there",
    );
  }
  const leftMs = validToDate.getTime() - nowMs;
  if (leftMs < 0) {
    warnings.push(
      `the TLS certificate expired on ${dayOf(validToDate)}, and clients turn away: put a new one there`,
    );
  } else if (leftMs < serverLimits.certificateExpiryWarningMs) {
    const days = Math.floor(leftMs / 86_400_000);
    warnings.push(
      `the TLS certificate expires on ${dayOf(validToDate)}, in ${days} days: put a new one there`,
    );
  }
  return warnings;
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new StartError(
      `TLS certificate ${file}: holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
      {
        cause: error,
      },
    );
  }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const reason = pem.includes('ENCRYPTED')
      ? 'is encrypted; `openssl pkey -in FILE` decrypts it'
      : 'holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)';
    throw new StartError(`TLS key ${file}: ${reason}`, { cause: error });
  }
}
