// `berth auth FILE`: the token server of a docker_auth configuration alone, without a registry and without a data folder.

import { readAuthFile } from '../config/auth-file.ts';
import { warnOfOpenAccounts } from '../config/open-accounts.ts';
import type { AuthServerOptions } from '../config/serve-options.ts';
import { StartError } from '../errors.ts';
import { configuredSigner, derivedRefreshSecret } from '../first-start/own-keys.ts';
import { listenerTls } from '../http/tls.ts';
import { processLog } from '../log/process-log.ts';
import type { TokenServerSettings } from '../serving/settings.ts';
import { serveUntilStopped } from '../workers/serve-until-stopped.ts';

/**
 * Serves until a signal ends it.
 * @returns the exit code
 * @throws StartError
 */
export async function serveAuth(options: AuthServerOptions): Promise<number> {
  const log = processLog(options);
  const settings = await tokenServerSettings(options);
  warnOfOpenAccounts(settings.authFile, log);
  return serveUntilStopped(settings, log);
}

async function tokenServerSettings(options: AuthServerOptions): Promise<TokenServerSettings> {
  const { authConfigFile: file } = options;
  const authFile = await readAuthFile(file);
  const { server, token } = authFile;
  if (token.keyPair === undefined) {
    throw new StartError(
      `${file}: token.certificate and token.key are missing (or server.certificate and server.key)`,
    );
  }
  const signerFiles = await configuredSigner(token.keyPair, token.legacyKeyId);
  return {
    kind: 'token-server',
    options,
    authFile,
    signerFiles,
    refreshSecret: derivedRefreshSecret(signerFiles),
    address: server.address,
    addressIsSetBy: `server.addr in ${file}`,
    tls: await listenerTls(server.keyPair, server, server.acme),
  };
}
