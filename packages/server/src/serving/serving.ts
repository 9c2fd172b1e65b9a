// From settings to a listening server, in whichever process: keys, rules, files and sockets are each process's own.

import type { RequestListener } from 'node:http';
import { loadSigner } from '@berth/auth';
import { type Driver, filesystemDriver, memoryDriver } from '@berth/registry';
import { ownLeases } from '../data-directory.ts';
import { createApp } from '../http/app.ts';
import { clientAddressOf } from '../http/client-address.ts';
import { dispatcher, hstsHeaders } from '../http/dispatch.ts';
import { type Listening, listen } from '../http/listen.ts';
import type { QuickRequestsOptions } from '../http/quick-requests.ts';
import { trustedProxies } from '../http/trusted-proxies.ts';
import { wrongProtocolLog } from '../http/wrong-protocol.ts';
import type { Log } from '../log/log.ts';
import { createOneProcess } from '../one-process.ts';
import { startPurging } from '../purge.ts';
import { createTokenServer } from '../token-server.ts';
import type { RegistrySettings, Settings, TokenServerSettings } from './settings.ts';
import type { ShareInUse } from './share.ts';

export interface Serving {
  readonly listening: Listening;
  /** Ends what is behind the listener, after the last request. */
  readonly close: () => Promise<void>;
}

interface Behind {
  readonly handler: RequestListener;
  /** What may be answered before `handler` is asked. */
  readonly quick: QuickRequestsOptions;
  /** What goes on beside the requests; begins when the address is taken. */
  readonly begin: () => { close(): Promise<void> };
}

/** @throws StartError */
export async function startServing(settings: Settings, share: ShareInUse, log: Log): Promise<Serving> {
  const { address, addressIsSetBy, tls } = settings;
  const { handler, quick, begin } =
    settings.kind === 'registry' ? registry(settings, share, log) : tokenServer(settings, share, log);
  const limits = { maxConnections: share.maxConnections };
  const tellOfWrongProtocol = share.tellOfWrongProtocol ?? wrongProtocolLog(log);
  const listening = await listen({
    address,
    addressIsSetBy,
    tls,
    handler,
    quick,
    tellOfWrongProtocol,
    log,
    limits,
  });
  const { close } = begin();
  return { listening, close };
}

function registry(settings: RegistrySettings, share: ShareInUse, log: Log): Behind {
  const { options, authFile, signerFiles, refreshSecret } = settings;
  const { dataDirectory } = options;
  const oneProcess = createOneProcess({
    authFile,
    signer: loadSigner(signerFiles),
    refreshSecret,
    driver: driverFor(options),
    proxies: trustedProxies(options.trustedProxies),
    service: options.service,
    sparseIndexes: options.sparseIndexes,
    loginAttempts: share.loginAttempts,
    bcryptThreads: share.bcryptThreads,
    log,
  });
  const begin = () => {
    const leaseDirectory = dataDirectory && ownLeases(dataDirectory);
    const purging = share.purges
      ? startPurging({ registry: oneProcess.registry, leaseDirectory, log })
      : async () => {};
    const close = async () => {
      await purging();
      await oneProcess.close();
    };
    return { close };
  };
  return { handler: oneProcess.handler, quick: oneProcess.quick, begin };
}

function driverFor({ dataDirectory, durability }: RegistrySettings['options']): Driver {
  if (dataDirectory === undefined) return memoryDriver();
  return filesystemDriver({ rootDirectory: dataDirectory, durability });
}

function tokenServer(settings: TokenServerSettings, share: ShareInUse, log: Log): Behind {
  const { options, authFile, signerFiles, refreshSecret } = settings;
  const { server, token } = authFile;
  const real = { header: server.realIpHeader, position: server.realIpPosition };
  const address = clientAddressOf(trustedProxies(options.trustedProxies), real);
  const auth = createTokenServer({
    authFile,
    signer: loadSigner(signerFiles),
    refreshSecret,
    address,
    loginAttempts: share.loginAttempts,
    bcryptThreads: share.bcryptThreads,
    log,
  });
  const { pathPrefix } = server;
  const app = createApp({ auth, pathPrefix, greeting: `${token.issuer}\n`, address, log });
  return {
    handler: dispatcher({ registry: undefined, tokens: auth, app, hsts: server.hsts }),
    quick: { registry: undefined, tokens: auth, headers: hstsHeaders(server.hsts) },
    begin: () => ({ close: () => auth.close() }),
  };
}
