// A registry alone: who gets in is said by tokens of another server or by an htpasswd file, or nobody is asked.

import type { RequestListener } from 'node:http';
import type { LoginAttempts } from '@berth/auth';
import {
  type AccessGate,
  basicAccess,
  type Driver,
  openAccess,
  type Registry,
  type RequestHead,
  type TrustedKey,
  tokenAccess,
  trustedKeysFromCertificates,
  trustedKeysFromJwks,
} from '@berth/registry';
import { htpasswdAccounts } from './htpasswd-accounts.ts';
import { appListener } from './http/app.ts';
import { clientAddressOf } from './http/client-address.ts';
import { dispatcher } from './http/dispatch.ts';
import type { QuickRequestsOptions } from './http/quick-requests.ts';
import { realmOf } from './http/realm.ts';
import type { TrustedProxies } from './http/trusted-proxies.ts';
import type { Log } from './log/log.ts';
import { logRegistryEvent } from './log/request-lines.ts';
import type { Behaviour } from './serving/behaviour.ts';
import { registryOf } from './serving/registry-of.ts';
import type { ForeignTokens, LoneAccess } from './serving/settings.ts';
import { type TokenUpstream, tokenUpstream } from './upstream/token-upstream.ts';

export interface LoneRegistryOptions {
  readonly driver: Driver;
  readonly proxies: TrustedProxies;
  readonly behaviour: Behaviour;
  readonly access: LoneAccess;
  /** Counts wrong passwords for several processes; undefined where there is one. */
  readonly loginAttempts: LoginAttempts | undefined;
  /** At most so many; undefined where one process has the machine. */
  readonly bcryptThreads: number | undefined;
  readonly log: Log;
}

export interface LoneRegistry {
  readonly handler: RequestListener;
  readonly quick: QuickRequestsOptions;
  readonly registry: Registry;
  close(): Promise<void>;
}

export function createLoneRegistry(options: LoneRegistryOptions): LoneRegistry {
  const { proxies, behaviour, log } = options;
  const address = clientAddressOf(proxies, { header: undefined, position: 0 });
  const { gate, close } = gateOf(options, address);
  const registry = registryOf(behaviour, {
    driver: options.driver,
    address,
    access: gate,
    onEvent: (event) => logRegistryEvent(log, event),
  });
  const upstream = upstreamOf(options);
  const greeting = 'This is a container registry (Berth).\n';
  const app = appListener({ auth: undefined, pathPrefix: '', greeting, address, log });
  const { prefix, headers } = behaviour;
  return {
    handler: dispatcher({ registry: registry.listener, prefix, tokens: upstream, app, headers }),
    quick: { registry: prefix ? undefined : registry.quickListener, tokens: undefined, headers },
    registry,
    close: async () => {
      await registry.close();
      await close();
      upstream?.close();
    },
  };
}

/** What answers where `auth.token.autoredirect` sends clients, if it is this registry that does. */
function upstreamOf({ access, proxies, log }: LoneRegistryOptions): TokenUpstream | undefined {
  if (access.kind !== 'token' || access.upstream === undefined) return undefined;
  return tokenUpstream({ settings: access.upstream, path: access.path, proxies, log });
}

interface Gate {
  readonly gate: AccessGate;
  /** Ends what is behind it. */
  readonly close: () => Promise<void>;
}

function gateOf(options: LoneRegistryOptions, address: (request: RequestHead) => string): Gate {
  const { access, proxies, loginAttempts, bcryptThreads, log } = options;
  switch (access.kind) {
    case 'open':
      return { gate: openAccess(), close: async () => {} };
    case 'token':
      return { gate: foreignAccess(access, proxies), close: async () => {} };
    case 'htpasswd': {
      const { realm, file } = access;
      const accounts = htpasswdAccounts({ file, loginAttempts, bcryptThreads, log });
      return {
        gate: basicAccess({ realm, check: (ask) => accounts.check(ask), address }),
        close: () => accounts.close(),
      };
    }
    default:
      return access satisfies never;
  }
}

function foreignAccess(tokens: ForeignTokens, proxies: TrustedProxies): AccessGate {
  const { realm, path, service, issuer, algorithms } = tokens;
  return tokenAccess({
    realm: realm === undefined ? realmOf(proxies, path) : () => realm,
    service,
    issuer,
    keys: keysOf(tokens),
    ...(algorithms && { algorithms }),
  });
}

/** @throws Error where the texts hold no keys: they were tried before */
export function keysOf({
  certificates,
  jwks,
}: Pick<ForeignTokens, 'certificates' | 'jwks'>): readonly TrustedKey[] {
  return [
    ...(certificates === undefined ? [] : trustedKeysFromCertificates(certificates)),
    ...(jwks === undefined ? [] : trustedKeysFromJwks(JSON.parse(jwks))),
  ];
}
