/**
 * The place `the binary`: the program that `BERTH_BINARY` names, with its own accounts. It lets nobody in without a
 * password, so that its address carries one.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const LIMIT_MS = 240_000;

export interface BinaryVolume {
  /** What the registry keeps, without what the accounts need. */
  readonly rootDirectory: string;
  serve(): Promise<{ readonly addresses: readonly string[]; close(): Promise<void> }>;
  remove(): Promise<void>;
}

export async function openBinary(binary: string): Promise<BinaryVolume> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-api-'));
  const rootDirectory = join(folder, 'docker');
  await mkdir(rootDirectory);
  const password = randomBytes(12).toString('hex');
  // What is kept through a power cut is the folders' to show.
  const args = [
    'serve',
    '--addr',
    '127.0.0.1:0',
    '--data',
    folder,
    '--durability',
    'relaxed',
    '--workers',
    '1',
  ];
  return {
    rootDirectory,
    remove: () => rm(folder, { recursive: true }),
    serve: async () => {
      const child = spawn(resolve(binary), args, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { BERTH_ADMIN_PASSWORD: password },
        timeout: LIMIT_MS,
        killSignal: 'SIGKILL',
      });
      const ended = once(child, 'exit');
      const address = new URL(await listening(child));
      address.username = 'admin';
      address.password = password;
      return {
        addresses: [address.href.replace(/\/$/, '')],
        close: async () => {
          child.kill('SIGTERM');
          await ended;
        },
      };
    },
  };
}

function listening({ stdout }: ChildProcess): Promise<string> {
  const { promise, resolve: found, reject } = Promise.withResolvers<string>();
  let said = '';
  stdout?.on('data', (chunk: Buffer) => {
    if (said.length < 64 * 1024) said += chunk.toString();
    const url = /listening on (\S+)\n/.exec(said)?.[1];
    if (url !== undefined) found(url);
  });
  stdout?.once('end', () => reject(new Error(`the binary ended before it listened:\n${said}`)));
  return promise;
}

/** An address and the header that its password makes, undefined where it carries none. */
export function withoutPassword(address: string): { origin: string; authorization: string | undefined } {
  const { origin, username, password } = new URL(address);
  const authorization = username === '' ? undefined : `Basic ${btoa(`${username}:${password}`)}`;
  return { origin, authorization };
}
