// Keys and certificates for tests, made as they run.

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface KeyPairPaths {
  readonly certificate: string;
  readonly key: string;
}

const HOSTS: ConstructorParameters<typeof SubjectAlternativeNameExtension>[0] = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
];

interface Told {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Whether it names its hosts where clients look for them. */
  readonly hasHosts?: boolean;
}

/** A self-signed certificate for localhost and its key, as PEM files in `directory`; its subject is `commonName`. */
export async function writeKeyPair(
  directory: string,
  name = 'server',
  commonName = 'localhost',
  { notBefore, notAfter, hasHosts = true }: Told = {},
): Promise<KeyPairPaths> {
  const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${commonName}`,
      notBefore: notBefore ?? new Date(Date.now() - 60_000),
      notAfter: notAfter ?? new Date(Date.now() + 3_600_000),
      signingAlgorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        ...(hasHosts ? [new SubjectAlternativeNameExtension(HOSTS)] : []),
      ],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const paths = { certificate: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
  await writeFile(paths.certificate, certificate.toString('pem'));
  await writeFile(
    paths.key,
    `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  );
  return paths;
}
