// Certificates by RFC 5280: a CA that signs itself, and a server's that it signs. Knows no files and no clock.
//
// What clients insist on: a subjectAltName and serverAuth (all of today's), both key identifiers, a critical
// basicConstraints and a keyUsage (OpenSSL's strict check, `openssl verify -x509_strict`), at most 825 days (macOS and iOS).

import 'reflect-metadata'; // what the library is built on asks for it, before it is loaded itself
import { createPublicKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { HostName } from './host-names.ts';

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** What signs a certificate: PEM, and the key that belongs to it. */
export interface Issuer {
  readonly certificate: string;
  readonly privateKey: KeyObject;
}

/** ECDSA with P-256: what every client knows, and quick for a server. */
export function makeKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** PKCS #8, PEM. */
export function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Whether certificates can be made with such a key: ECDSA with one of NIST's curves, or RSA of 2048 bits. */
export function isUsableKey(key: KeyObject): boolean {
  return signingAlgorithmOf(key) !== undefined;
}

/** @returns PEM. It may sign servers' certificates and nothing that signs in its turn. */
export async function issueAuthority(
  privateKey: KeyObject,
  { notBefore, notAfter }: Validity,
): Promise<string> {
  const publicKey = spkiOf(privateKey);
  const subjectKey = await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto);
  // The same key has the same name, and two CAs of one machine have two.
  const name = `O=Berth, CN=Berth CA ${subjectKey.keyId.slice(0, 8)}`;
  const certificate = await X509CertificateGenerator.create(
    {
      subject: name,
      issuer: name,
      notBefore,
      notAfter,
      publicKey,
      ...signedWith(privateKey),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        subjectKey,
      ],
    },
    webcrypto,
  );
  return pemOf(certificate);
}

/** @returns PEM of the server's own certificate */
export async function issueServer(
  issuer: Issuer,
  privateKey: KeyObject,
  names: readonly HostName[],
  { notBefore, notAfter }: Validity,
): Promise<string> {
  const authority = new X509Certificate(issuer.certificate);
  const publicKey = spkiOf(privateKey);
  const certificate = await X509CertificateGenerator.create(
    {
      subject: `O=Berth, CN=${commonName(names)}`,
      issuer: authority.subjectName,
      notBefore,
      notAfter,
      publicKey,
      ...signedWith(issuer.privateKey),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(usageOf(privateKey), true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names.map(({ kind, text }) => ({ type: kind, value: text }))),
        await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
        await keyIdentifierOf(authority),
      ],
    },
    webcrypto,
  );
  return pemOf(certificate);
}

/** The names in a certificate's subjectAltName that a server's may have. @param pem the own one first */
export function namesIn(pem: string): readonly HostName[] {
  const extension = new X509Certificate(pem).getExtension(SubjectAlternativeNameExtension);
  return (extension?.names.items ?? []).flatMap(({ type, value }) =>
    type === 'dns' || type === 'ip' ? [{ kind: type, text: value }] : [],
  );
}

/** For people who look at it; clients read the alternative names. A common name has 64 characters at most. */
function commonName(names: readonly HostName[]): string {
  return names.find(({ kind, text }) => kind === 'dns' && text.length <= 64)?.text ?? 'registry';
}

/** RSA's key exchange, which TLS 1.2 still has, needs a usage of its own. */
function usageOf(key: KeyObject): KeyUsageFlags {
  const { digitalSignature, keyEncipherment } = KeyUsageFlags;
  return key.asymmetricKeyType === 'rsa' ? digitalSignature | keyEncipherment : digitalSignature;
}

/** The one that it has, or, where a CA of somebody's has none, the usual one of its key. */
async function keyIdentifierOf(authority: X509Certificate): Promise<AuthorityKeyIdentifierExtension> {
  const own = authority.getExtension(SubjectKeyIdentifierExtension);
  if (own !== null) return new AuthorityKeyIdentifierExtension(own.keyId);
  return AuthorityKeyIdentifierExtension.create(authority.publicKey, false, webcrypto);
}

interface SigningAlgorithm {
  readonly name: string;
  readonly hash: string;
  readonly namedCurve?: string;
}

const byCurve: Readonly<Record<string, SigningAlgorithm>> = {
  prime256v1: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
};

function signingAlgorithmOf({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): SigningAlgorithm | undefined {
  const { namedCurve = '', modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'ec') return byCurve[namedCurve];
  if (asymmetricKeyType !== 'rsa' || modulusLength < 2048) return undefined;
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
}

function signedWith(key: KeyObject) {
  const signingAlgorithm = signingAlgorithmOf(key);
  if (signingAlgorithm === undefined)
    throw new TypeError(`a key that was not checked: ${key.asymmetricKeyType}`);
  return { signingAlgorithm, signingKey: key.toCryptoKey(signingAlgorithm, false, ['sign']) };
}

function spkiOf(privateKey: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}
