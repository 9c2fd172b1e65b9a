// `berth run -- COMMAND`: a registry in memory for as long as a command runs, with an account that only the command knows.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inheritedEnvironment } from '../config/environment.ts';
import type { Berth } from '../embedded/berth.ts';
import { createBerth } from '../embedded/create-berth.ts';
import { fileReason, StartError } from '../errors.ts';

const passedOn = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Runs the command with BERTH_HOST, REGISTRY, DOCKER_CONFIG and REGISTRY_AUTH_FILE set; nothing is left of registry and folder afterwards.
 * @returns the command's exit code; 128 and the signal's number where a signal ended it, as shells put it
 * @throws StartError
 */
export async function run(command: readonly [string, ...string[]]): Promise<number> {
  // The output is the command's: only what goes wrong is told, beside it.
  const berth = await createBerth();
  const folder = await mkdtemp(join(tmpdir(), 'berth-run-')); // 0700
  try {
    const { host } = berth;
    const file = join(folder, 'config.json');
    await writeFile(file, credentials(berth), { mode: 0o600 });
    // Where docker, crane and oras look for a login, and where podman, skopeo and buildah do.
    const logins = { DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: file };
    return await runToEnd(command, { BERTH_HOST: host, REGISTRY: host, ...logins });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await berth.close();
  }
}

/** What `docker login` writes. */
function credentials({ host, account }: Berth): string {
  const auth = Buffer.from(`${account?.name}:${account?.password}`).toString('base64');
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
