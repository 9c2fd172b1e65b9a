// Is a listener's certificate for where clients come? Only of hosts that are told: behind a proxy, a forwarded port or a
// container's network nobody here knows the name that clients use.

import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { ListenAddress } from '../config/listen-address.ts';
import type { Settings } from '../serving/settings.ts';

export interface ToldHost {
  /** A name, or an address without brackets. */
  readonly host: string;
  /** A flag, a variable, or a key of a file. */
  readonly isSetBy: string;
}

/** The addresses that a name has; none where it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** The hosts that the settings name for clients. */
export function toldHosts(
  settings: Pick<Settings, 'address' | 'addressIsSetBy'>,
  base: string,
): readonly ToldHost[] {
  const ofBase = base === '' ? [] : [{ host: withoutBrackets(new URL(base).hostname), isSetBy: 'http.host' }];
  const host = hostOf(settings.address);
  return host === undefined ? ofBase : [...ofBase, { host, isSetBy: settings.addressIsSetBy }];
}

/**
 * A line for each host that the certificate isn't for. An address where a server listens counts as named where one of the
 * certificate's names leads there.
 * @param pem the own one first; without any name in it, that is another matter
 */
export async function hostWarnings(
  pem: string,
  hosts: readonly ToldHost[],
  resolve: Resolve = addressesOf,
): Promise<readonly string[]> {
  const certificate = new X509Certificate(pem);
  const { subjectAltName } = certificate;
  if (subjectAltName === undefined) return [];
  const warnings: string[] = [];
  for (const { host, isSetBy } of hosts) {
    if (isFor(certificate, host) || (await leadsTo(namesIn(subjectAltName), host, resolve))) continue;
    warnings.push(
      `the TLS certificate is for ${subjectAltName}, and not for ${host}, which is in ${isSetBy}: clients that go there refuse it; make one for that too, as \`berth cert\` does`,
    );
  }
  return warnings;
}

function isFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

async function leadsTo(names: readonly string[], host: string, resolve: Resolve): Promise<boolean> {
  if (isIP(host) === 0) return false;
  const addresses = await Promise.all(names.map(resolve));
  return addresses.flat().includes(host);
}

/** DNS names that can be looked up. */
function namesIn(subjectAltName: string): readonly string[] {
  return [...subjectAltName.matchAll(/(?:^|, )DNS:([\w.-]+)/g)].flatMap(([, name]) => name ?? []);
}

async function addressesOf(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/** Undefined where it is every address, or one that only this machine goes to. */
function hostOf(address: ListenAddress): string | undefined {
  if (address.kind === 'unix' || address.host === undefined) return undefined;
  const { host } = address;
  return /^(?:0\.0\.0\.0|[0:]+|127\..*|::1|localhost|.*%.*)$/i.test(host) ? undefined : host;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
