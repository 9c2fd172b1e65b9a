// Keys and certificates for the tests of signers, made as they run.
import 'reflect-metadata';
import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { START_MS } from './support.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface Certificate {
  readonly certificate: x509.X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
  readonly pem: string;
  /** As `x5c` has it. */
  readonly der: string;
}

export interface CertificateOrder {
  readonly key: KeyObject;
  readonly name?: string;
  /** Signed by itself if left out. */
  readonly issuer?: Certificate;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/** A certificate of a private key, valid for a day around START_MS unless told otherwise. */
export async function certificateOf({
  key,
  name = 'token',
  issuer,
  ...times
}: CertificateOrder): Promise<Certificate> {
  const { privateKey, publicKey } = await webKeys(key);
  const signingKey = issuer?.privateKey ?? privateKey;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject: `CN=${name}`,
    issuer: issuer?.certificate.subject ?? `CN=${name}`,
    notBefore: new Date(times.notBeforeMs ?? START_MS - DAY_MS),
    notAfter: new Date(times.notAfterMs ?? START_MS + DAY_MS),
    publicKey,
    signingKey,
    signingAlgorithm: { ...signingKey.algorithm, hash: 'SHA-256' },
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const pem = `${certificate.toString('pem')}\n`;
  return { certificate, privateKey, pem, der: Buffer.from(certificate.rawData).toString('base64') };
}

async function webKeys(key: KeyObject) {
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const algorithm = curve === undefined ? RSA : { name: 'ECDSA', namedCurve: curve };
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']);
  const { kty, crv, x, y, n, e } = createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' })).export({
    format: 'jwk',
  });
  const jwk = curve === undefined ? { kty, n, e } : { kty, crv, x, y };
  const publicKey = await webcrypto.subtle.importKey('jwk', jwk as webcrypto.JsonWebKey, algorithm, true, [
    'verify',
  ]);
  return { privateKey, publicKey };
}

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
