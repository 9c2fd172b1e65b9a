// Registry, token endpoint and rules in one process: the one place that knows both packages. What stands between them
// is a realm, a signed token and a public key, and two functions: a password to a grant, an account and a name to a yes.

import type { RequestListener } from 'node:http';
import { AuthError } from '@berth/auth';
import {
  createRegistry,
  type Driver,
  type Registry,
  refuse,
  tokenAccess,
  trustedKeysFromJwks,
} from '@berth/registry';
import { createApp } from './http/app.ts';
import { clientAddressOf } from './http/client-address.ts';
import { dispatcher, hstsHeaders } from './http/dispatch.ts';
import type { QuickRequestsOptions } from './http/quick-requests.ts';
import { realmOf } from './http/realm.ts';
import type { TrustedProxies } from './http/trusted-proxies.ts';
import { logRegistryEvent } from './log/request-lines.ts';
import { threadPrograms } from './thread-programs.ts';
import { createTokenServer, type TokenServerOptions } from './token-server.ts';

export interface OneProcessOptions extends Omit<TokenServerOptions, 'address'> {
  readonly driver: Driver;
  readonly proxies: TrustedProxies;
  readonly service: string;
  readonly sparseIndexes: boolean;
}

export interface OneProcess {
  readonly handler: RequestListener;
  readonly quick: QuickRequestsOptions;
  readonly registry: Registry;
  close(): Promise<void>;
}

export function createOneProcess(options: OneProcessOptions): OneProcess {
  const { authFile, proxies, service, log } = options;
  const { pathPrefix, realIpHeader, realIpPosition, hsts } = authFile.server;
  const address = clientAddressOf(proxies, { header: realIpHeader, position: realIpPosition });
  const auth = createTokenServer({ ...options, address });
  const registry = createRegistry({
    driver: options.driver,
    sparseIndexes: options.sparseIndexes,
    address,
    access: tokenAccess({
      realm: realmOf(proxies, `${pathPrefix}/auth`),
      service,
      issuer: authFile.token.issuer,
      keys: trustedKeysFromJwks(auth.jwks()),
      grantForPassword: (ask) => auth.grantForPassword(ask).catch(whyNobodyCanSay),
      mayPull: (ask) => auth.mayPull(ask),
      address,
    }),
    onEvent: (event) => logRegistryEvent(log, event),
    hashProgram: threadPrograms.hash,
  });
  const greeting = 'This is a container registry (Berth). Log in with: docker login HOST\n';
  const app = createApp({ auth, pathPrefix, greeting, address, log });
  return {
    handler: dispatcher({ registry: registry.listener, tokens: auth, app, hsts }),
    quick: { registry: registry.quickListener, tokens: auth, headers: hstsHeaders(hsts) },
    registry,
    close: async () => {
      await registry.close();
      await auth.close();
    },
  };
}

/** Accounts or rules that can't be asked now are a 503 of the registry, not a bug. */
function whyNobodyCanSay(error: unknown): never {
  if (error instanceof AuthError) throw refuse('UNAVAILABLE', { message: error.message, cause: error });
  throw error;
}
