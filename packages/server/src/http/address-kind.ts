// Addresses that mean something else on each machine, or in each network. Pure.

import { BlockList, isIP } from 'node:net';
import { normalAddress } from './ip-address.ts';

/** `loopback`: this machine, or its own link; `private`: a network that isn't the internet's. */
export type AddressKind = 'loopback' | 'private';

const ranges: Readonly<Record<AddressKind, BlockList>> = {
  loopback: blockList(['127.0.0.0/8', '0.0.0.0/8', '169.254.0.0/16'], ['::1/128', '::/128', 'fe80::/10']),
  private: blockList(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], ['fc00::/7']),
};

function blockList(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [subnets, family] of [[ipv4, 'ipv4'] as const, [ipv6, 'ipv6'] as const]) {
    for (const subnet of subnets) {
      const [address = '', bits] = subnet.split('/');
      list.addSubnet(address, Number(bits), family);
    }
  }
  return list;
}

/** Undefined for one of the internet's, and for what is no address. */
export function addressKind(text: string): AddressKind | undefined {
  const address = normalAddress(text);
  const family = isIP(address);
  if (family === 0) return undefined;
  const isIn = (kind: AddressKind) => ranges[kind].check(address, family === 6 ? 'ipv6' : 'ipv4');
  return isIn('loopback') ? 'loopback' : isIn('private') ? 'private' : undefined;
}

/** The host of a URL as a look-up takes it: an IPv6 address without its brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
