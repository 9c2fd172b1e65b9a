// `berth auth FILE`: the token server of a docker_auth configuration alone, without a registry and without a data folder.

import { readAuthFile } from '../config/auth-file.ts';
import type { AuthServerOptions } from '../config/serve-options.ts';
import { StartError } from '../errors.ts';
import { configuredSigner, derivedRefreshSecret } from '../first-start/own-keys.ts';
import { createApp } from '../http/app.ts';
import { clientAddressOf } from '../http/client-address.ts';
import { dispatcher } from '../http/dispatch.ts';
import { listen } from '../http/listen.ts';
import { listenerTls } from '../http/tls.ts';
import { trustedProxies } from '../http/trusted-proxies.ts';
import { createLog } from '../log/log.ts';
import { writeOut } from '../log/stdout.ts';
import { createTokenServer } from '../token-server.ts';
import { untilStopped } from '../until-stopped.ts';

/**
 * Serves until a signal ends it.
 * @returns the exit code
 * @throws StartError
 */
export async function serveAuth(options: AuthServerOptions): Promise<number> {
  const { authConfigFile: file, logLevel: level, logFormat: format, drainTimeoutMs } = options;
  const log = createLog({ level, format, write: writeOut });
  const authFile = await readAuthFile(file);
  const { server, token } = authFile;
  if (token.keyPair === undefined) {
    throw new StartError(
      `${file}: token.certificate and token.key are missing (or server.certificate and server.key)`,
    );
  }
  const signer = await configuredSigner(token.keyPair, token.legacyKeyId);
  const real = { header: server.realIpHeader, position: server.realIpPosition };
  const address = clientAddressOf(trustedProxies(options.trustedProxies), real);
  const auth = createTokenServer({
    authFile,
    signer,
    refreshSecret: derivedRefreshSecret(signer),
    address,
    log,
  });
  const { pathPrefix } = server;
  const app = createApp({ auth, pathPrefix, greeting: `${token.issuer}\n`, address, log });
  const listening = await listen({
    address: server.address,
    addressIsSetBy: `server.addr in ${file}`,
    tls: await listenerTls(server.keyPair, server),
    handler: dispatcher({ registry: undefined, tokens: auth, app, hsts: server.hsts }),
    log,
  });
  log.listening(listening.url);
  return untilStopped({ listening, log, drainTimeoutMs, close: () => auth.close() });
}
