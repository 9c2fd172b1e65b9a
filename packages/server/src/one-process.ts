// Registry, token endpoint and rules in one process: the one place that knows both packages. What stands between them
// is a realm, a signed token and a public key, and two functions: a password to a grant, an account and a name to a yes.

import type { RequestListener } from 'node:http';
import { type Driver, type Registry, tokenAccess, trustedKeysFromJwks } from '@berth/registry';
import { appListener } from './http/app.ts';
import { clientAddressOf } from './http/client-address.ts';
import { dispatcher, hstsHeaders } from './http/dispatch.ts';
import type { QuickRequestsOptions } from './http/quick-requests.ts';
import { realmOf } from './http/realm.ts';
import type { TrustedProxies } from './http/trusted-proxies.ts';
import { logRegistryEvent } from './log/request-lines.ts';
import type { Behaviour } from './serving/behaviour.ts';
import { registryOf } from './serving/registry-of.ts';
import { createTokenServer, type TokenServerOptions } from './token-server.ts';
import { unavailable } from './unavailable.ts';

export interface OneProcessOptions extends Omit<TokenServerOptions, 'address'> {
  readonly driver: Driver;
  readonly proxies: TrustedProxies;
  readonly service: string;
  readonly behaviour: Behaviour;
}

export interface OneProcess {
  readonly handler: RequestListener;
  readonly quick: QuickRequestsOptions;
  readonly registry: Registry;
  close(): Promise<void>;
}

export function createOneProcess(options: OneProcessOptions): OneProcess {
  const { authFile, proxies, service, behaviour, log } = options;
  const { pathPrefix, realIpHeader, realIpPosition, hsts } = authFile.server;
  const address = clientAddressOf(proxies, { header: realIpHeader, position: realIpPosition });
  const auth = createTokenServer({ ...options, address });
  const registry = registryOf(behaviour, {
    driver: options.driver,
    address,
    access: tokenAccess({
      realm: realmOf(proxies, `${pathPrefix}/auth`),
      service,
      issuer: authFile.token.issuer,
      keys: trustedKeysFromJwks(auth.jwks()),
      grantForPassword: (ask) => auth.grantForPassword(ask).catch(unavailable),
      mayPull: (ask) => auth.mayPull(ask),
      address,
    }),
    onEvent: (event) => logRegistryEvent(log, event),
  });
  const headers = { ...hstsHeaders(hsts), ...behaviour.headers };
  const greeting = 'This is a container registry (Berth). Log in with: docker login HOST\n';
  const app = appListener({ auth, pathPrefix, greeting, address, log });
  return {
    handler: dispatcher({
      registry: registry.listener,
      prefix: behaviour.prefix,
      tokens: auth,
      app,
      headers,
    }),
    quick: { registry: behaviour.prefix ? undefined : registry.quickListener, tokens: auth, headers },
    registry,
    close: async () => {
      await registry.close();
      await auth.close();
    },
  };
}
