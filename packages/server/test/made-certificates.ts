// Certificates with something about them, signed by a CA or by themselves, made as a test runs.

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

export interface Made {
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  /** DNS names and IP addresses; without any there is no extension for them. */
  readonly names?: readonly string[];
  readonly fromDays?: number;
  readonly untilDays?: number;
}

export type Authority = Awaited<ReturnType<typeof authority>>;

/** A CA of the test's own. */
export async function authority() {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Test CA',
      notBefore: new Date(Date.now() - 400 * dayMs),
      notAfter: new Date(Date.now() + 400 * dayMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    },
    webcrypto,
  );
  return { keys, pem: certificate.toString('pem') };
}

export async function signedBy(
  { keys: signer }: Authority,
  { names = ['127.0.0.1'], fromDays = -1, untilDays = 90 }: Wanted = {},
): Promise<Made> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const alternatives = names.map((value) => ({
    type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  const certificate = await X509CertificateGenerator.create(
    {
      subject: 'CN=registry',
      issuer: 'CN=Test CA',
      notBefore: new Date(Date.now() + fromDays * dayMs),
      notAfter: new Date(Date.now() + untilDays * dayMs),
      signingAlgorithm: algorithm,
      signingKey: signer.privateKey,
      publicKey: keys.publicKey,
      extensions: names.length === 0 ? [] : [new SubjectAlternativeNameExtension(alternatives)],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
  return { cert: certificate.toString('pem'), key };
}
