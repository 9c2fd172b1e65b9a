// The listener's TLS of a configuration of distribution's.

import type { RegistryFile } from '../config/registry-file.ts';
import { clientCertificates } from '../http/client-certificates.ts';
import { listenerTls, type TlsSettings } from '../http/tls.ts';

/** Undefined without a key pair and an authority: plain HTTP. @throws StartError naming the file */
export async function registryTls(from: RegistryFile): Promise<TlsSettings | undefined> {
  const { keyPair, acme, minimumVersion, cipherSuites, document } = from;
  const tls = await listenerTls(keyPair, { minimumVersion, cipherSuites, curves: undefined }, acme);
  const { clientcas, clientauth } = document.http.tls;
  const clients = await clientCertificates(clientcas, clientauth);
  return tls && { ...tls, ...(clients && { clients }) };
}
