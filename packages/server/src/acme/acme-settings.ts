// What a configuration says of certificates that an ACME authority gives (RFC 8555): plain values.

import { type ListenAddress, parseListenAddress } from '../config/listen-address.ts';

export interface AcmeSettings {
  /** One certificate is for all of them; the first names it in the cache. */
  readonly hosts: readonly [string, ...string[]];
  readonly email: string | undefined;
  readonly directoryUrl: string;
  /** Folder of account key and certificate, in the form of Go's autocert. */
  readonly cacheFolder: string;
  /** Where the authority's HTTP-01 requests come to, while there are any. */
  readonly httpAddress: ListenAddress;
  /** Where a person changes this: keys of a file. */
  readonly isSetBy: string;
}

/** As a file says it. */
export interface AcmeTexts extends Omit<AcmeSettings, 'hosts' | 'cacheFolder' | 'httpAddress'> {
  readonly hosts: readonly string[];
  readonly cacheFolder: string | undefined;
  readonly httpAddress: string;
}

/** Undefined where something is missing, which whoever reads the file tells. */
export function acmeSettings({
  hosts,
  email,
  cacheFolder,
  httpAddress,
  ...rest
}: AcmeTexts): AcmeSettings | undefined {
  const [first, ...others] = hosts.map((host) => host.toLowerCase());
  const address = parseListenAddress(httpAddress);
  if (first === undefined || cacheFolder === undefined || address === undefined) return undefined;
  return { ...rest, hosts: [first, ...others], email: email || undefined, cacheFolder, httpAddress: address };
}

export const letsEncryptUrl = 'https://acme-v02.api.letsencrypt.org/directory';
/** RFC 8555, section 8.3. */
export const defaultHttpAddress = ':80';

/** Undefined for a host that such an authority may certify; otherwise what is wrong. */
export function acmeHostProblem(host: string): string | undefined {
  if (/^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i.test(host))
    return undefined;
  return 'must be the name of a host, as in registry.example.com: an authority certifies no address, no wildcard without DNS, and no name without a dot';
}
