// `berth run -- COMMAND`: a registry in memory for as long as a command runs, with an account that only the command knows.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAuthFile } from '../config/auth-file.ts';
import { inheritedEnvironment } from '../config/environment.ts';
import { fileReason, StartError } from '../errors.ts';
import { adminAccount, ownAccounts } from '../first-start/first-start.ts';
import { ownFilesInMemory } from '../first-start/own-files.ts';
import { refreshSecret, tokenSigner } from '../first-start/own-keys.ts';
import { randomPassword } from '../first-start/password.ts';
import { loopbackRanges } from '../http/trusted-proxies.ts';
import { serverLimits } from '../limits.ts';
import { createLog } from '../log/log.ts';
import { ownBehaviour } from '../serving/behaviour.ts';
import { type Serving, startServing } from '../serving/serving.ts';
import { everything } from '../serving/share.ts';

const passedOn = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Runs the command with BERTH_HOST, REGISTRY, DOCKER_CONFIG and REGISTRY_AUTH_FILE set; nothing is left of registry and folder afterwards.
 * @returns the command's exit code; 128 and the signal's number where a signal ended it, as shells put it
 * @throws StartError
 */
export async function run(command: readonly [string, ...string[]]): Promise<number> {
  const password = randomPassword(randomBytes);
  const serving = await serveInMemory(password);
  const folder = await mkdtemp(join(tmpdir(), 'berth-run-')); // 0700
  try {
    const host = new URL(serving.listening.url).host;
    const file = join(folder, 'config.json');
    await writeFile(file, credentials(host, password), { mode: 0o600 });
    // Where docker, crane and oras look for a login, and where podman, skopeo and buildah do.
    const logins = { DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: file };
    return await runToEnd(command, { BERTH_HOST: host, REGISTRY: host, ...logins });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await serving.listening.drain(0);
    await serving.close();
  }
}

async function serveInMemory(password: string): Promise<Serving> {
  const files = ownFilesInMemory();
  const accounts = await ownAccounts(files, password);
  const authFile = parseAuthFile(accounts.file, accounts.text);
  const address = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  // The output is the command's: only what goes wrong is told, beside it.
  const log = createLog({
    level: 'error',
    format: 'text',
    write: (lines) => void process.stderr.write(lines),
  });
  const options = {
    logLevel: 'error',
    logFormat: 'text',
    trustedProxies: loopbackRanges,
    drainTimeoutMs: serverLimits.drainTimeoutMs,
    workers: 1,
    address,
    dataDirectory: undefined,
    durability: 'relaxed',
    authConfigFile: undefined,
    tls: undefined,
    service: 'berth',
    sparseIndexes: false,
  } as const;
  const settings = {
    kind: 'registry',
    options,
    authFile,
    signerFiles: await tokenSigner(authFile, files),
    refreshSecret: await refreshSecret(files),
    address,
    addressIsSetBy: 'nobody',
    tls: undefined,
    behaviour: ownBehaviour,
  } as const;
  return startServing(settings, everything, log);
}

/** What `docker login` writes. */
function credentials(host: string, password: string): string {
  const auth = Buffer.from(`${adminAccount}:${password}`).toString('base64');
  return `${JSON.stringify({ auths: { [host]: { auth } } })}\n`;
}

async function runToEnd(
  [file, ...args]: readonly [string, ...string[]],
  more: Readonly<Record<string, string>>,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(file, args, { stdio: 'inherit', env: { ...inheritedEnvironment(), ...more } });
  // A terminal's Ctrl+C reaches every process of the group by itself: passed on, it would come twice.
  const isFromTerminal = (signal: string) =>
    process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
  const handlers = passedOn.map(
    (signal) => [signal, () => void (isFromTerminal(signal) || child.kill(signal))] as const,
  );
  for (const [signal, handler] of handlers) process.on(signal, handler);
  child.once('error', (error) => reject(new StartError(`${file}: cannot be run: ${fileReason(error)}`)));
  child.once('close', (code, signal) =>
    resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
  );
  try {
    return await promise;
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}
