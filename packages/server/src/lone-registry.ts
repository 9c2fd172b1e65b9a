// A registry alone: who gets in is said by tokens of another server, or nobody is asked.

import type { RequestListener } from 'node:http';
import {
  type AccessGate,
  type Driver,
  openAccess,
  type Registry,
  type TrustedKey,
  tokenAccess,
  trustedKeysFromCertificates,
  trustedKeysFromJwks,
} from '@berth/registry';
import { createApp } from './http/app.ts';
import { clientAddressOf } from './http/client-address.ts';
import { dispatcher } from './http/dispatch.ts';
import type { QuickRequestsOptions } from './http/quick-requests.ts';
import { realmOf } from './http/realm.ts';
import type { TrustedProxies } from './http/trusted-proxies.ts';
import type { Log } from './log/log.ts';
import { logRegistryEvent } from './log/request-lines.ts';
import type { Behaviour } from './serving/behaviour.ts';
import { registryOf } from './serving/registry-of.ts';
import type { ForeignTokens } from './serving/settings.ts';

export interface LoneRegistryOptions {
  readonly driver: Driver;
  readonly proxies: TrustedProxies;
  readonly sparseIndexes: boolean;
  readonly behaviour: Behaviour;
  readonly tokens: ForeignTokens | undefined;
  readonly log: Log;
}

export interface LoneRegistry {
  readonly handler: RequestListener;
  readonly quick: QuickRequestsOptions;
  readonly registry: Registry;
}

export function createLoneRegistry(options: LoneRegistryOptions): LoneRegistry {
  const { proxies, behaviour, tokens, log } = options;
  const address = clientAddressOf(proxies, { header: undefined, position: 0 });
  const registry = registryOf(behaviour, {
    driver: options.driver,
    sparseIndexes: options.sparseIndexes,
    address,
    access: tokens === undefined ? openAccess() : foreignAccess(tokens, proxies),
    onEvent: (event) => logRegistryEvent(log, event),
  });
  const greeting = 'This is a container registry (Berth).\n';
  const app = createApp({ auth: undefined, pathPrefix: '', greeting, address, log });
  const { prefix, headers } = behaviour;
  return {
    handler: dispatcher({ registry: registry.listener, prefix, tokens: undefined, app, headers }),
    quick: { registry: prefix ? undefined : registry.quickListener, tokens: undefined, headers },
    registry,
  };
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
