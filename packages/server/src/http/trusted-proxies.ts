// Whose word counts about where a request came from: the proxies in front of Berth. Everybody else's X-Forwarded-… and
// Forwarded headers are as if they weren't there.
//
// The addresses are read from the last one backwards, as long as each is a trusted proxy's: what a client writes into the
// header itself stands before what the proxy adds, and is never reached.

import { BlockList, isIP } from 'node:net';
import type { RequestHead } from '@berth/registry';
import { type ForwardedElement, parseForwarded, parseForwardedFor } from './forwarded.ts';
import { normalAddress } from './ip-address.ts';

/** What is known of the client's own request, before any proxy. */
export interface Origin {
  /** The client's address; undefined on a Unix socket whose peer said nothing. */
  readonly address: string | undefined;
  /** What a trusted proxy said of scheme, host and port that the client used. Unchecked text. */
  readonly proto: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
}

export interface TrustedProxies {
  trusts(address: string | undefined): boolean;
  origin(request: RequestHead): Origin;
}

/** A proxy on the same machine: nothing else can connect from these. */
export const loopbackRanges: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** Undefined if `text` is an IP address or a range in CIDR notation; otherwise what is wrong. */
export function rangeProblem(text: string): string | undefined {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  if (family !== 0 && isRange && more === undefined) return undefined;
  return 'must be an IP address or a range, as in 10.0.0.0/8 or fd00::/8';
}

/** @param ranges each one for which {@link rangeProblem} finds nothing */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = familyOf(address);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  // The peer of a Unix socket has no address; who may open the socket is the file system's decision.
  const trusts = (address: string | undefined) =>
    address === undefined || list.check(address, familyOf(address));
  return { trusts, origin: (request) => originOf(request, trusts) };
}

/** Of an address that is one: Node's isIP would compile a long regular expression to tell. */
function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

function originOf(request: RequestHead, trusts: TrustedProxies['trusts']): Origin {
  const peer = request.socket.remoteAddress;
  const direct = { address: peer && normalAddress(peer), proto: undefined, host: undefined, port: undefined };
  const { headers } = request;
  const forwardedFor = headers['x-forwarded-for'];
  const proto = first(headers['x-forwarded-proto']);
  const host = first(headers['x-forwarded-host']);
  const port = first(headers['x-forwarded-port']);
  const { forwarded } = headers;
  const isForwarded = forwardedFor ?? proto ?? host ?? port ?? forwarded;
  if (isForwarded === undefined || !trusts(direct.address)) return direct;
  // Most proxies write the X- headers and pass a Forwarded of the client's own on unread.
  if (forwarded !== undefined && (forwardedFor ?? proto ?? host ?? port) === undefined) {
    return fromForwarded(parseForwarded(forwarded) ?? [], direct, trusts);
  }
  const chain = forwardedFor === undefined ? [] : parseForwardedFor([forwardedFor].flat().join(','));
  return {
    address: chain[clientIndex(chain, trusts)] ?? direct.address,
    proto: proto?.toLowerCase(),
    host,
    port,
  };
}

function fromForwarded(
  elements: readonly ForwardedElement[],
  direct: Origin,
  trusts: TrustedProxies['trusts'],
): Origin {
  const element =
    elements[
      clientIndex(
        elements.map((each) => each.for),
        trusts,
      )
    ];
  return { ...direct, address: element?.for ?? direct.address, proto: element?.proto, host: element?.host };
}

/** The last entry that isn't a trusted proxy's, or the first if all are; an unreadable one ends the chain. */
function clientIndex(chain: readonly (string | undefined)[], trusts: TrustedProxies['trusts']): number {
  let index = chain.length - 1;
  while (index > 0) {
    const address = chain[index];
    if (address === undefined || !trusts(address)) break;
    index -= 1;
  }
  return index;
}

/** The client's own side of a header that each proxy on the way may have added to. */
function first(value: string | string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  return [value].flat()[0]?.split(',')[0]?.trim() || undefined;
}
