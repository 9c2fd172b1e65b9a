// A realm that today's clients refuse, as a stranger's registry could make them ask what only they can reach, or send a
// password in the clear. Seen in go-containerregistry 0.22 (transport/bearer.go) and oras-go 2.7 (remote/auth/client.go):
// crane compares host and port and looks at addresses alone, oras compares the host and looks names up. Pure.

import { addressKind, bareHost } from '../http/address-kind.ts';

/** What is known of where clients reach the registry. */
export interface OwnAddress {
  /** http.host */
  readonly url: string | undefined;
  readonly isTls: boolean;
}

const remedy =
  'have the registry stand in front of the token server (auth.token.autoredirect: true, with its address in auth.token.upstream)';

/** What to say of `realm`, or undefined where nobody refuses it, or nobody can know. */
export function realmWarning(realm: string, own: OwnAddress): string | undefined {
  const url = URL.parse(realm);
  if (url === null) return undefined;
  const ownUrl = own.url === undefined ? null : URL.parse(own.url);
  if (url.protocol === 'http:' && (own.isTls || ownUrl?.protocol === 'https:')) {
    return `is HTTP, and the registry HTTPS: today's crane and oras send no password there; use an https:// address, or ${remedy}`;
  }
  if (url.host === ownUrl?.host) return undefined;
  const host = bareHost(url);
  const kind = addressKind(host);
  if (kind !== undefined) {
    const clients = kind === 'loopback' ? 'crane and oras refuse' : 'crane refuses';
    return `is at ${url.host}: today's ${clients} a private or loopback address that isn't the registry's own, with its port; ${remedy}, or give the token server a name`;
  }
  if (!/(?:^|\.)localhost$/.test(host) || url.hostname === ownUrl?.hostname) return undefined;
  return `is at ${url.host}: today's oras refuses that unless it reaches the registry at ${host} as well; ${remedy}`;
}
