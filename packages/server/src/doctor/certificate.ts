// The registry's certificate as clients check it: who signed it, for which names, until when.

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connectionWords } from '../http/connection-words.ts';
import { serverLimits } from '../limits.ts';
import { openTls } from './connection.ts';
import { type Checked, type Finding, finding } from './finding.ts';
import type { Target } from './target.ts';

/** @returns true if clients trust it: nothing secret is sent otherwise */
export async function checkCertificate(
  target: Target,
  ca: readonly string[],
  nowMs = Date.now(),
): Promise<Checked<true>> {
  let socket: TLSSocket;
  try {
    socket = await openTls(target, { rejectUnauthorized: false, ca });
  } catch (error) {
    return { findings: [finding('certificate', 'fail', `${target.host} ${connectionWords(error)}`)] };
  }
  const certificate = socket.getPeerX509Certificate();
  const findings =
    certificate === undefined
      ? [finding('certificate', 'fail', `${target.host} shows no certificate`)]
      : [
          chainFinding(socket, certificate, target),
          hostFinding(certificate, target),
          expiryFinding(certificate, nowMs),
        ];
  socket.destroy();
  const isTrusted = findings.every(({ outcome }) => outcome !== 'fail');
  return { findings, ...(isTrusted && { value: true }) };
}

/** What the two other findings tell better. */
const datesAndNames: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function chainFinding(socket: TLSSocket, certificate: X509Certificate, { host }: Target): Finding {
  // Node's types say Error; what is there is OpenSSL's code.
  const reason = String(socket.authorizationError ?? '');
  const code = /\b[A-Z][A-Z_]{5,}\b/.exec(reason)?.[0] ?? reason;
  const issuer = nameOf(certificate.issuer);
  if (socket.authorized || datesAndNames.has(code)) {
    return finding('certificate', 'ok', `signed by ${issuer}, which is trusted here`);
  }
  const isOwn = certificate.subject === certificate.issuer;
  const message = isOwn
    ? `${nameOf(certificate.subject)} is signed by itself, and is not trusted (${code})`
    : `${nameOf(certificate.subject)} is signed by ${issuer}, which is not trusted (${code})`;
  const remedy = isOwn
    ? `Give it with --ca FILE, and to docker as /etc/docker/certs.d/${host}/ca.crt`
    : `If it is a private CA: give its certificate with --ca FILE, and to docker as /etc/docker/certs.d/${host}/ca.crt; if it is a public one: have the server send its whole chain (fullchain.pem)`;
  return finding('certificate', 'fail', message, remedy);
}

function hostFinding(certificate: X509Certificate, { hostname }: Target): Finding {
  const isAddress = isIP(hostname) !== 0;
  const wanted = `${isAddress ? 'IP' : 'DNS'}:${hostname}`;
  const remedy = `Get a certificate with ${wanted} among its subject alternative names`;
  const names = certificate.subjectAltName;
  if (names === undefined) {
    const message = `it has no subject alternative names, and clients do not read its subject (${nameOf(certificate.subject)})`;
    return finding('host', 'fail', message, remedy);
  }
  const fits = isAddress
    ? certificate.checkIP(hostname) !== undefined
    : certificate.checkHost(hostname, { subject: 'never' }) !== undefined;
  return fits
    ? finding('host', 'ok', `it is for ${hostname}`)
    : finding('host', 'fail', `it is for other names (${names}), not for ${hostname}`, remedy);
}

function expiryFinding(certificate: X509Certificate, nowMs: number): Finding {
  const chain = chainOf(certificate);
  const early = chain.find(({ validFrom }) => Date.parse(validFrom) > nowMs);
  if (early !== undefined) {
    const message = `${nameOf(early.subject)} is valid only from ${day(early.validFrom)}`;
    return finding('expiry', 'fail', message, 'Set the clocks of this machine, and of the one that made it');
  }
  const first = chain.reduce((a, b) => (Date.parse(b.validTo) < Date.parse(a.validTo) ? b : a));
  const leftMs = Date.parse(first.validTo) - nowMs;
  const name = first === certificate ? 'it' : nameOf(first.subject);
  if (leftMs <= 0) return finding('expiry', 'fail', `${name} expired on ${day(first.validTo)}`, 'Renew it');
  const days = Math.floor(leftMs / 86_400_000);
  const message = `${name} is valid until ${day(first.validTo)}, for ${days} more ${days === 1 ? 'day' : 'days'}`;
  return leftMs < serverLimits.certificateExpiryWarningMs
    ? finding('expiry', 'warn', message, 'Renew it')
    : finding('expiry', 'ok', message);
}

/** From the server's own certificate up to the last one that is known. */
function chainOf(certificate: X509Certificate): X509Certificate[] {
  const chain = [certificate];
  for (let next = certificate.issuerCertificate; next !== undefined; next = next.issuerCertificate) {
    if (chain.some(({ fingerprint256 }) => fingerprint256 === next?.fingerprint256)) break;
    chain.push(next);
  }
  return chain;
}

function day(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}

/** A distinguished name, which OpenSSL writes on several lines. */
function nameOf(text: string): string {
  return `"${text.split('\n').join(', ')}"`;
}
