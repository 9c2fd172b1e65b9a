// The certificates that go with a signing key, as the `x5c` header wants them (RFC 7515, section 4.1.6).
import { type KeyObject, X509Certificate } from 'node:crypto';
import { SignerError } from './signer-error.ts';

export interface CertificateChain {
  /** base64 of the DER, the key's own certificate first. */
  readonly x5c: readonly string[];
  /** The time in which every certificate of the chain is valid. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * Reads a PEM text whose first certificate is the key's own; what else is in it counts as far as each
 * one signed the one before (a file may hold a whole bundle). Throws SignerError.
 */
export function readCertificateChain(pem: string, key: KeyObject): CertificateChain {
  const certificates = (pem.match(CERTIFICATE) ?? []).map(parseCertificate);
  const own = certificates[0];
  if (own === undefined) {
    throw new SignerError('certificate-unreadable', 'no "BEGIN CERTIFICATE" block in it');
  }
  if (!own.checkPrivateKey(key)) {
    throw new SignerError(
      'certificate-of-another-key',
      `the first certificate (${subjectOf(own)}) is of another key; the key's own certificate comes first`,
    );
  }
  const chain = issuersFollowed(own, certificates.slice(1));
  return {
    x5c: chain.map((certificate) => certificate.raw.toString('base64')),
    notBeforeMs: Math.max(...chain.map((certificate) => certificate.validFromDate.getTime())),
    notAfterMs: Math.min(...chain.map((certificate) => certificate.validToDate.getTime())),
  };
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new SignerError('certificate-unreadable', 'one of its certificates is damaged');
  }
}

/** Roots stay out: a verifier has them or doesn't trust them, and every request carries the header. */
function issuersFollowed(own: X509Certificate, others: readonly X509Certificate[]): X509Certificate[] {
  const chain = [own];
  let last = own;
  for (const issuer of others) {
    if (!isSignedBy(last, issuer) || isSignedBy(issuer, issuer)) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function subjectOf(certificate: X509Certificate): string {
  return certificate.subject?.replaceAll('\n', ', ') || 'without a subject';
}
