/** The clients of clients/, each run as a process of its own, as a load tool is. */
import { join } from 'node:path';
import { runToEnd } from '../harness/run-to-end.ts';

export interface Transfer {
  readonly bytes: number;
  readonly seconds: number;
  /** What was run, with the secret left out. */
  readonly command: string;
}

const CLIENTS = join(import.meta.dirname, '..', 'clients');
/** node:ffi is experimental; the project's own Node has it. */
const QUIET = '--disable-warning=ExperimentalWarning';
const LIMIT_MS = 300_000;

interface Target {
  readonly base: string;
  readonly authorization: string | undefined;
}

export async function pull(
  target: Target,
  path: string,
  sizeBytes: number,
  times: number,
): Promise<Transfer> {
  const { seconds, command } = await run('pull.ts', target, [path, sizeBytes, times]);
  return { bytes: sizeBytes * times, seconds, command };
}

export interface ChunkedFile {
  readonly digest: string;
  readonly file: string;
  readonly fileBytes: number;
  readonly sizeBytes: number;
}

export async function push(target: Target, repository: string, blob: ChunkedFile): Promise<Transfer> {
  const { seconds, command } = await run('push.ts', target, [
    repository,
    blob.digest,
    blob.file,
    blob.fileBytes,
  ]);
  return { bytes: blob.sizeBytes, seconds, command };
}

/** `layers` blobs by `clients` at once; the digests of what was pushed. @param file where the body is kept */
export async function pushLayers(
  target: Target,
  repository: string,
  file: string,
  { clients, layers, sizeBytes }: { clients: number; layers: number; sizeBytes: number },
): Promise<Transfer & { readonly digests: readonly string[] }> {
  const args = [repository, file, clients, layers, sizeBytes];
  const { seconds, command, digests = [] } = await run('push-layers.ts', target, args);
  return { bytes: layers * sizeBytes, seconds, command, digests };
}

/** `count` uploads at once; the digests of what was pushed. */
export async function pushMany(
  target: Target,
  repository: string,
  count: number,
  sizeBytes: number,
): Promise<Transfer & { readonly digests: readonly string[] }> {
  const {
    seconds,
    command,
    digests = [],
  } = await run('push-many.ts', target, [repository, count, sizeBytes]);
  return { bytes: count * sizeBytes, seconds, command, digests };
}

/** How much of the files is only in memory yet; undefined where the kernel can't say. */
export async function unsyncedBytes(files: readonly string[]): Promise<number | undefined> {
  if (files.length === 0) throw new Error('a blob was acknowledged, but no file has its size');
  const words = [QUIET, join(CLIENTS, 'unsynced.ts'), ...files];
  const printed = await runToEnd(process.execPath, words, { limitMs: LIMIT_MS });
  const { unsyncedBytes }: { unsyncedBytes?: number } = JSON.parse(printed);
  return unsyncedBytes;
}

async function run(
  client: string,
  { base, authorization }: Target,
  args: readonly (string | number)[],
): Promise<{ seconds: number; command: string; digests?: readonly string[] }> {
  const words = [QUIET, join(CLIENTS, client), base, ...args.map(String)];
  const env = authorization === undefined ? {} : { BENCH_AUTHORIZATION: authorization };
  const printed = await runToEnd(process.execPath, words, { env, limitMs: LIMIT_MS });
  const secret = authorization === undefined ? '' : 'BENCH_AUTHORIZATION="Bearer $TOKEN" ';
  const command = `${secret}node bench/clients/${client} ${[base, ...args].join(' ')}`;
  return { ...JSON.parse(printed), command };
}
