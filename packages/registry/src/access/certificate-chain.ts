/**
 * The key of a certificate chain that a token brings along (x5c), if the chain leads to a trusted certificate:
 * each certificate signed by the next, all of them valid now and made for it. It knows no tokens.
 *
 * RFC 7515 section 4.1.6; RFC 5280 section 6.1, of which no name constraints and no revocation: a certificate
 * with a critical extension that isn't understood here is refused.
 */

import { type KeyObject, X509Certificate } from 'node:crypto';
import { readExtensions } from './certificate-extensions.ts';

export interface ChainKey {
  readonly key: KeyObject;
  /** When the first certificate of the chain expires. */
  readonly validUntilMs: number;
}

/**
 * How certificates may be signed: RSA, ECDSA and Ed25519 over SHA-2. OpenSSL takes older hashes as well, with
 * which two certificates can be made to have the same signature.
 */
const SIGNATURES: readonly (string | undefined)[] = [
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
];

/**
 * The leaf's key.
 * @param x5c base64 of DER, leaf first, each certified by the next; the trusted one may be left out
 * @throws ChainError, whose message says which certificate breaks the chain, and how
 */
export function verifyChain(
  x5c: readonly string[],
  trusted: readonly X509Certificate[],
  nowMs: number,
): ChainKey {
  const brought = x5c.map(parseCertificate);
  const chain = completeChain(brought, trusted);
  chain.forEach((certificate, depth) => {
    checkValidity(certificate, nowMs);
    checkCritical(certificate);
    if (depth > 0) checkIssuer(certificate, depth);
    if (depth < chain.length - 1) checkSignature(certificate);
  });
  const [leaf] = chain;
  if (leaf === undefined) throw new ChainError('it is empty');
  const validUntilMs = Math.min(...chain.map((certificate) => certificate.validToDate.getTime()));
  return { key: leaf.publicKey, validUntilMs };
}

/** Why a chain isn't trusted. */
export class ChainError extends Error {}

function parseCertificate(base64: string, index: number): X509Certificate {
  const der = Buffer.from(base64, 'base64');
  try {
    if (der.toString('base64') === base64) return new X509Certificate(der);
  } catch {
    // Said below.
  }
  throw new ChainError(`x5c[${index}] is not base64 of a certificate in DER`);
}

/** The chain from the leaf up to a trusted certificate, every link's signature checked. */
function completeChain(
  brought: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): readonly X509Certificate[] {
  for (const [index, certificate] of brought.entries()) {
    const below = brought.slice(0, index + 1);
    if (trusted.some((one) => one.raw.equals(certificate.raw))) return below;
    const root = trusted.find((one) => issued(one, certificate));
    if (root !== undefined) return [...below, root];
    const next = brought[index + 1];
    if (next !== undefined && !issued(next, certificate))
      throw new ChainError(`${nameOf(certificate)} is not signed by the next, ${nameOf(next)}`);
  }
  throw new ChainError('it does not lead to a trusted certificate');
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function checkValidity(certificate: X509Certificate, nowMs: number): void {
  if (nowMs < certificate.validFromDate.getTime())
    throw new ChainError(
      `${nameOf(certificate)} is valid only from ${certificate.validFromDate.toISOString()}`,
    );
  if (nowMs > certificate.validToDate.getTime())
    throw new ChainError(`${nameOf(certificate)} expired at ${certificate.validToDate.toISOString()}`);
}

function checkCritical(certificate: X509Certificate): void {
  if (readExtensions(certificate.raw).unknownCritical.length > 0)
    throw new ChainError(`${nameOf(certificate)} has a critical extension that is not understood`);
}

function checkSignature(certificate: X509Certificate): void {
  if (!SIGNATURES.includes(certificate.signatureAlgorithmOid))
    throw new ChainError(
      `${nameOf(certificate)} is signed with ${certificate.signatureAlgorithm ?? 'an unknown algorithm'}, which is not accepted`,
    );
}

/** @param depth how many certificates stand below this one, the leaf among them */
function checkIssuer(certificate: X509Certificate, depth: number): void {
  if (!certificate.ca)
    throw new ChainError(`${nameOf(certificate)} is not a CA: it may not sign certificates`);
  const { pathLength } = readExtensions(certificate.raw);
  if (pathLength !== undefined && depth - 1 > pathLength)
    throw new ChainError(`${nameOf(certificate)} allows ${pathLength} certificates between it and the leaf`);
}

/** The last line of a subject is its most telling. */
function nameOf(certificate: X509Certificate): string {
  const subject = certificate.subject?.split('\n').at(-1)?.slice(0, 100);
  return JSON.stringify(subject || `serial ${certificate.serialNumber}`);
}
