// Certificates of clients, as distribution's http.tls.clientcas and clientauth have them.

import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:http';
import { type TLSSocket, Server as TlsServer } from 'node:tls';
import { StartError } from '../errors.ts';
import { readPem } from './tls.ts';

export const clientAuthModes = [
  'request-client-cert',
  'require-any-client-cert',
  'verify-client-cert-if-given',
  'require-and-verify-client-cert',
] as const;
export type ClientAuth = (typeof clientAuthModes)[number];

/** What of it Node's TLS does by itself, and the mode for what it doesn't. */
export interface ClientCertificates {
  /** PEM, one certificate or more: who signs them. */
  readonly ca: string;
  readonly requestCert: true;
  /** Whether a handshake without a certificate that one of `ca` signed fails. */
  readonly rejectUnauthorized: boolean;
  readonly clientAuth: ClientAuth;
}

/** Undefined without files: nobody is asked for a certificate. @throws StartError naming the file */
export async function clientCertificates(
  files: readonly string[],
  clientAuth: ClientAuth,
): Promise<ClientCertificates | undefined> {
  if (files.length === 0) return undefined;
  const pems = files.map((file) => readAuthorities(file, 'http.tls.clientcas'));
  const ca = (await Promise.all(pems)).join('\n');
  const rejectUnauthorized = clientAuth === 'require-and-verify-client-cert';
  return { ca, requestCert: true, rejectUnauthorized, clientAuth };
}

/** The PEM text of certificates whose owners sign others. @throws StartError naming `key` and the file */
export async function readAuthorities(file: string, key: string): Promise<string> {
  const pem = await readPem(file, key);
  try {
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new StartError(`${key} ${file}: holds no certificate in PEM form`, { cause: error });
  }
}

/** Ends connections that `clientAuth` doesn't allow, where Node's TLS lets them in. */
export function requireClientCertificates(server: Server, clientAuth: ClientAuth | undefined): void {
  if (clientAuth === undefined || !(server instanceof TlsServer)) return;
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (!isAllowed(socket, clientAuth)) socket.destroy();
  });
}

function isAllowed(socket: TLSSocket, clientAuth: ClientAuth): boolean {
  switch (clientAuth) {
    case 'require-any-client-cert':
      return hasCertificate(socket);
    case 'verify-client-cert-if-given':
      return !hasCertificate(socket) || socket.authorized;
    case 'request-client-cert':
      return true;
    case 'require-and-verify-client-cert':
      return socket.authorized;
    default:
      return clientAuth satisfies never;
  }
}

function hasCertificate(socket: TLSSocket): boolean {
  return Object.keys(socket.getPeerCertificate()).length > 0;
}
