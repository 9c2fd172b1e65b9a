// From settings to a listening server, in whichever process: keys, rules, files and sockets are each process's own.

import type { RequestListener } from 'node:http';
import { loadSigner } from '@berth/auth';
import { type Driver, filesystemDriver, memoryDriver, type Registry } from '@berth/registry';
import type { RegistryOptions } from '../config/serve-options.ts';
import { ownLeases } from '../data-directory.ts';
import { type HealthChecks, startChecks } from '../health/checks.ts';
import { checksOf } from '../health/probes.ts';
import { debugHandler, whileHealthy } from '../health/unhealthy.ts';
import { appListener } from '../http/app.ts';
import { clientAddressOf } from '../http/client-address.ts';
import { dispatcher, hstsHeaders } from '../http/dispatch.ts';
import { type Listening, type ListenOptions, listen } from '../http/listen.ts';
import type { QuickRequestsOptions } from '../http/quick-requests.ts';
import { trustedProxies } from '../http/trusted-proxies.ts';
import { wrongProtocolLog } from '../http/wrong-protocol.ts';
import type { Log } from '../log/log.ts';
import { createLoneRegistry } from '../lone-registry.ts';
import { createOneProcess } from '../one-process.ts';
import { startPurging } from '../purge.ts';
import { createTokenServer } from '../token-server.ts';
import type { LoneRegistrySettings, RegistrySettings, Settings, TokenServerSettings } from './settings.ts';
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
  const { handler, quick, begin } = behind(settings, share, log);
  const limits = { maxConnections: share.maxConnections };
  const tellOfWrongProtocol = share.tellOfWrongProtocol ?? wrongProtocolLog(log);
  const health = healthOf(settings);
  const listening = await listen({
    address,
    addressIsSetBy,
    tls,
    ...(health === undefined
      ? { handler, quick }
      : {
          handler: whileHealthy(health, handler),
          quick: { ...quick, isOpen: () => health.isHealthy() },
        }),
    tellOfWrongProtocol,
    log,
    limits,
  });
  const tell = { tellOfWrongProtocol, log };
  const debug = await listenDebug(settings, health ?? startChecks([]), share, tell).catch(
    async (error: unknown) => {
      await listening.drain(0);
      await health?.stop();
      throw error;
    },
  );
  const { close } = begin();
  return {
    listening,
    close: async () => {
      await debug?.drain(0);
      await health?.stop();
      await close();
    },
  };
}

/** Undefined where nothing is checked: then nothing stands in the way of a request. */
function healthOf(settings: Settings): HealthChecks | undefined {
  if (settings.kind === 'token-server' || settings.behaviour.health === undefined) return undefined;
  const checks = checksOf(settings.behaviour.health, settings.options.dataDirectory);
  return checks.length === 0 ? undefined : startChecks(checks);
}

async function listenDebug(
  settings: Settings,
  health: HealthChecks,
  { purges }: ShareInUse,
  tell: Pick<ListenOptions, 'tellOfWrongProtocol' | 'log'>,
): Promise<Listening | undefined> {
  const address = settings.kind === 'token-server' ? undefined : settings.behaviour.debugAddress;
  if (address === undefined) return undefined;
  const addressIsSetBy = 'http.debug.addr';
  const handler = debugHandler(health);
  const debug = await listen({ address, addressIsSetBy, tls: undefined, handler, ...tell });
  if (purges) tell.log.info(`the debug server is at ${debug.url}`);
  return debug;
}

function behind(settings: Settings, share: ShareInUse, log: Log): Behind {
  switch (settings.kind) {
    case 'registry':
      return registry(settings, share, log);
    case 'lone-registry':
      return loneRegistry(settings, share, log);
    case 'token-server':
      return tokenServer(settings, share, log);
    default:
      return settings satisfies never;
  }
}

function registry(settings: RegistrySettings, share: ShareInUse, log: Log): Behind {
  const { options, authFile, signerFiles, refreshSecret, behaviour } = settings;
  const oneProcess = createOneProcess({
    authFile,
    signer: loadSigner(signerFiles),
    refreshSecret,
    driver: driverFor(options),
    proxies: trustedProxies(options.trustedProxies),
    service: options.service,
    behaviour,
    loginAttempts: share.loginAttempts,
    bcryptThreads: share.bcryptThreads,
    log,
  });
  const { handler, quick } = oneProcess;
  const begin = () => beside(oneProcess.registry, settings, share, log, () => oneProcess.close());
  return { handler, quick, begin };
}

function loneRegistry(settings: LoneRegistrySettings, share: ShareInUse, log: Log): Behind {
  const { options, behaviour, access } = settings;
  const lone = createLoneRegistry({
    driver: driverFor(options),
    proxies: trustedProxies(options.trustedProxies),
    behaviour,
    access,
    loginAttempts: share.loginAttempts,
    bcryptThreads: share.bcryptThreads,
    log,
  });
  const { handler, quick } = lone;
  return {
    handler,
    quick,
    begin: () => beside(lone.registry, settings, share, log, () => lone.close()),
  };
}

/** The purge, where it is this process's, and the end of it all. */
function beside(
  registry: Registry,
  { options: { dataDirectory }, behaviour: { purging } }: RegistrySettings | LoneRegistrySettings,
  { purges }: ShareInUse,
  log: Log,
  end: () => Promise<void>,
): { close(): Promise<void> } {
  const leaseDirectory = dataDirectory && ownLeases(dataDirectory);
  const stopPurging =
    purges && purging ? startPurging({ registry, leaseDirectory, log, purging }) : async () => {};
  const close = async () => {
    await stopPurging();
    await end();
  };
  return { close };
}

function driverFor({ dataDirectory, durability }: RegistryOptions): Driver {
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
  const headers = hstsHeaders(server.hsts);
  const app = appListener({ auth, pathPrefix, greeting: `${token.issuer}\n`, address, log });
  return {
    handler: dispatcher({ registry: undefined, tokens: auth, app, headers }),
    quick: { registry: undefined, tokens: auth, headers },
    begin: () => ({ close: () => auth.close() }),
  };
}
