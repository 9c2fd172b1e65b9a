// What distribution's health checks look at: the storage, files that must not be there, URLs and ports that must answer.

import { once } from 'node:events';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import { fileReason } from '../errors.ts';
import type { Check } from './checks.ts';

/** What a configuration says of checks: plain values, which can be sent to another process. */
export interface HealthOptions {
  /** Undefined: the storage is not checked. */
  readonly storage: { readonly intervalMs: number; readonly threshold: number } | undefined;
  readonly files: readonly (Timing & { readonly file: string })[];
  readonly urls: readonly (Timing & {
    readonly uri: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly statusCode: number;
    readonly timeoutMs: number;
  })[];
  readonly ports: readonly (Timing & {
    readonly host: string;
    readonly port: number;
    readonly timeoutMs: number;
  })[];
}

interface Timing {
  readonly intervalMs: number;
  readonly threshold: number;
}

/** @param rootDirectory undefined where nothing is on the disk */
export function checksOf(options: HealthOptions, rootDirectory: string | undefined): readonly Check[] {
  const { storage, files, urls, ports } = options;
  return [
    ...(storage && rootDirectory
      ? [{ name: 'storagedriver_filesystem', ...storage, probe: () => checkFolder(rootDirectory) }]
      : []),
    ...files.map(({ file, ...timing }) => ({ name: file, ...timing, probe: () => checkAbsent(file) })),
    ...urls.map(({ intervalMs, threshold, ...url }) => ({
      name: url.uri,
      intervalMs,
      threshold,
      probe: () => checkUrl(url),
    })),
    ...ports.map(({ intervalMs, threshold, ...port }) => ({
      name: `${port.host}:${port.port}`,
      intervalMs,
      threshold,
      probe: () => checkPort(port),
    })),
  ];
}

async function checkFolder(directory: string): Promise<void> {
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`${directory}: ${fileReason(error)}`, { cause: error });
  }
}

async function checkAbsent(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) throw new Error('file exists');
}

async function checkUrl({
  uri,
  headers,
  statusCode,
  timeoutMs,
}: Omit<HealthOptions['urls'][number], keyof Timing>): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { status } = await fetch(uri, { method: 'HEAD', headers, signal }).catch((error: unknown) => {
    throw new Error(`no answer: ${error instanceof Error ? String(error.cause ?? error.message) : error}`);
  });
  if (status !== statusCode) throw new Error(`answered ${status}, not ${statusCode}`);
}

async function checkPort({
  host,
  port,
  timeoutMs,
}: Omit<HealthOptions['ports'][number], keyof Timing>): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new Error(`no connection: ${fileReason(error)}`, { cause: error });
  } finally {
    socket.destroy();
  }
}
