/** Certificate chains for the tests of access, made at run time: a root, an intermediate, a leaf, each to order. */

import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { NOW } from './access-support.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_SECONDS = 86_400;

export interface TestCertificate {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly privateKey: KeyObject;
  readonly pem: string;
  /** As x5c has it: base64 of DER. */
  readonly der: string;
}

export interface CertificateOrder {
  readonly name: string;
  /** Signed by itself if left out. */
  readonly issuer?: TestCertificate;
  /** May sign certificates; a number is how many may stand between it and the leaf. */
  readonly ca?: boolean | number;
  readonly keys?: webcrypto.CryptoKeyPair;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly hash?: 'SHA-1' | 'SHA-256';
  readonly extensions?: readonly x509.Extension[];
  /** Makes the signature with this key, whatever the issuer's is. */
  readonly forgedWith?: webcrypto.CryptoKeyPair;
}

let serial = 1;

/** A certificate for a fresh P-256 key, valid around NOW unless said otherwise. */
export async function makeCertificate(order: CertificateOrder): Promise<TestCertificate> {
  const keys = order.keys ?? (await makeCertificateKeys());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: (serial++).toString(16).padStart(4, '0'),
    subject: `CN=${order.name}`,
    issuer: order.issuer?.certificate.subject ?? `CN=${order.name}`,
    notBefore: new Date((order.notBefore ?? NOW - DAY_SECONDS) * 1000),
    notAfter: new Date((order.notAfter ?? NOW + DAY_SECONDS) * 1000),
    publicKey: keys.publicKey,
    signingKey: (order.forgedWith ?? order.issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { ...EC, hash: order.hash ?? 'SHA-256' },
    extensions: [...constraintsOf(order.ca), ...(order.extensions ?? [])],
  });
  const privateKey = KeyObject.from(keys.privateKey);
  const der = Buffer.from(certificate.rawData).toString('base64');
  return { certificate, keys, privateKey, pem: `${certificate.toString('pem')}\n`, der };
}

export async function makeCertificateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
}

function constraintsOf(ca: boolean | number | undefined): readonly x509.Extension[] {
  if (ca === undefined) return [];
  if (typeof ca === 'boolean') return [new x509.BasicConstraintsExtension(ca, undefined, true)];
  return [new x509.BasicConstraintsExtension(true, ca, true)];
}

/** A critical extension that nobody knows. */
export function unknownCritical(): x509.Extension {
  return new x509.Extension('1.3.6.1.4.1.99999.1', true, new Uint8Array([5, 0]));
}

/** A key usage without that of signing certificates. */
export function notForCertificates(): x509.Extension {
  return new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true);
}
