/** Transfers that stop half-way until they are told to go on: what a graceful stop has to wait for. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Account } from './accounts.ts';
import type { RegistryAddress } from './berth.ts';

export interface Blob {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Pushes random bytes in one request. */
export async function pushBlob(
  registry: RegistryAddress,
  account: Account,
  name: string,
  sizeBytes: number,
): Promise<Blob> {
  const upload = await pausedUpload(registry, account, name, sizeBytes);
  const status = await upload.finish();
  if (status !== 201) throw new Error(`the upload was answered with ${status}`);
  return { digest: upload.digest, sizeBytes };
}

export interface PausedUpload {
  readonly digest: string;
  /** Sends the rest; the status of the answer. */
  finish(): Promise<number>;
}

/** Opens an upload and sends half of a blob; resolves when that half has left. */
export async function pausedUpload(
  registry: RegistryAddress,
  account: Account,
  name: string,
  sizeBytes: number,
): Promise<PausedUpload> {
  const content = randomBytes(sizeBytes);
  const digest = digestOf(content);
  const opened = await answerOf(send(registry, account, 'POST', `/v2/${name}/blobs/uploads/`, 0).end());
  opened.resume();
  const location = new URL(opened.headers.location ?? '', `http://${registry.host}`);
  location.searchParams.set('digest', digest);
  const put = send(registry, account, 'PUT', `${location.pathname}${location.search}`, sizeBytes);
  const answer = answerOf(put);
  await new Promise<void>((resolve) => put.write(content.subarray(0, sizeBytes / 2), () => resolve()));
  return {
    digest,
    async finish() {
      put.end(content.subarray(sizeBytes / 2));
      const { statusCode = 0 } = (await answer).resume();
      return statusCode;
    },
  };
}

export interface PausedDownload {
  /** Reads the rest; the digest of everything that came. */
  finish(): Promise<string>;
}

/** Asks for a blob and reads only the beginning: the rest waits in the server. */
export async function pausedDownload(
  registry: RegistryAddress,
  account: Account,
  name: string,
  blob: Blob,
): Promise<PausedDownload> {
  const answer = await answerOf(send(registry, account, 'GET', `/v2/${name}/blobs/${blob.digest}`).end());
  return {
    async finish() {
      const hash = createHash('sha256');
      for await (const chunk of answer) hash.update(chunk);
      return `sha256:${hash.digest('hex')}`;
    },
  };
}

function send(
  registry: RegistryAddress,
  { name, password }: Account,
  method: string,
  path: string,
  sizeBytes?: number,
) {
  return request(`http://${registry.host}${path}`, {
    method,
    agent: false,
    auth: `${name}:${password}`,
    headers:
      sizeBytes === undefined
        ? {}
        : { 'content-length': sizeBytes, 'content-type': 'application/octet-stream' },
    signal: AbortSignal.timeout(60_000),
  });
}

async function answerOf(sent: ReturnType<typeof send>): Promise<IncomingMessage> {
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  if (answer === undefined) throw new Error('there was no answer');
  return answer;
}

function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
