// Will clients go to the token server that the registry's challenge names, and does it answer?
//
// A challenge could send passwords anywhere, so clients refuse some realms: crane (0.21 and later) one at a private or
// loopback address unless host and port are the registry's own, oras (1.3 and later) one at a loopback address, by name
// too, unless the host is the registry's own; both, and others, one that is HTTP where the registry is HTTPS.

import { lookup } from 'node:dns/promises';
import { addressKind, bareHost } from '../http/address-kind.ts';
import { connectionWords } from '../http/connection-words.ts';
import { answerProblem, quoted } from './answer-words.ts';
import { type Answer, ask } from './ask.ts';
import type { Challenge } from './challenge.ts';
import type { Context } from './context.ts';
import { type Checked, finding, type Problem } from './finding.ts';

export interface TokenServer {
  readonly url: URL;
  readonly service: string | undefined;
}

/** @returns the token server, as long as it may be sent a password */
export async function checkRealm(context: Context, challenge: Challenge): Promise<Checked<TokenServer>> {
  if (challenge.kind !== 'bearer') {
    return {
      findings: [finding('realm', 'skipped', 'there is no token server: the registry asks for none')],
    };
  }
  const url = URL.parse(challenge.realm);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const message = `the realm "${quoted(challenge.realm)}" is no absolute URL`;
    return fail({ message, remedy: 'Set auth.token.realm (REGISTRY_AUTH_TOKEN_REALM) to one' });
  }
  if (url.protocol === 'http:' && context.base.protocol === 'https:') {
    const message = `the realm ${url.href} is HTTP, though the registry is HTTPS: clients send no password there`;
    const remedy =
      'Set auth.token.realm to an https:// address, or have the proxy send X-Forwarded-Proto $scheme if the registry makes it up itself';
    return fail({ message, remedy });
  }
  const refusal = await refusalOf(url, context.base);
  if (refusal !== undefined) return fail(refusal);
  try {
    const answer = await ask(url, { ca: context.ca });
    if (isMissing(answer)) return fail(answerProblem(answer, `the realm ${url.href}`));
  } catch (error) {
    const message = `the realm ${url.href} ${connectionWords(error)}`;
    const remedy =
      'Clients have to reach it, too: see that the name is known to them and that the token server runs';
    return fail({ message, remedy });
  }
  const found = finding('realm', 'ok', `${url.href} answers, and clients go there`);
  return { findings: [found], value: { url, service: challenge.service } };
}

function fail({ message, remedy }: Problem): Checked<never> {
  return { findings: [finding('realm', 'fail', message, remedy)] };
}

/** Without a scope and a password some token servers refuse; that is an answer. */
function isMissing({ status }: Answer): boolean {
  return status === 404 || status >= 500 || (status >= 300 && status < 400);
}

/** What crane or oras say to this realm, or undefined if they take it. */
export async function refusalOf(realm: URL, registry: URL): Promise<Problem | undefined> {
  if (realm.host === registry.host) return undefined;
  const host = bareHost(realm);
  const remedy =
    'Serve tokens on the address and port of the registry (`berth serve` does, and `berth registry` in front of another token server, with auth.token.autoredirect and auth.token.upstream; or a proxy in front of both), or give the token server a name';
  if (addressKind(host) !== undefined) {
    const message = `the realm ${realm.href} is at another private or loopback address than the registry (${registry.host}): crane 0.21 and others refuse it`;
    return { message, remedy };
  }
  if (realm.hostname === registry.hostname) return undefined;
  const addresses = await lookup(host, { all: true }).catch(() => []);
  const own = addresses.find(({ address }) => addressKind(address) === 'loopback')?.address;
  if (own === undefined) return undefined;
  const message = `the realm ${realm.href} is at a loopback address (${own}), and not at the registry's name: oras 1.3 and others refuse it`;
  return { message, remedy };
}
