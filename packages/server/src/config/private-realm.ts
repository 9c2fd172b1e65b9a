// A realm that today's clients refuse: at a private address or loopback that isn't the registry's own, where a stranger's
// registry could make them ask what only they can reach. Pure.

import { BlockList, isIP } from 'node:net';

const privateRanges = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  privateRanges.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  privateRanges.addSubnet(network, bits, 'ipv6');
}

/**
 * The host of `realm`, if it is a private address or `localhost`, and not known to be the registry's own.
 * @param ownUrl where clients reach the registry, if that is known
 */
export function privateRealmHost(realm: string, ownUrl: string | undefined): string | undefined {
  const host = hostOf(realm);
  if (host === undefined || host === hostOf(ownUrl ?? '')) return undefined;
  return isPrivate(host) ? host : undefined;
}

function hostOf(url: string): string | undefined {
  return URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') || undefined;
}

function isPrivate(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === 'localhost';
  return privateRanges.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
