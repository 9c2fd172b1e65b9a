/** Writes a route's answer. */

import type { ServerResponse } from 'node:http';
import type { Answer, ContentRange } from './answer.ts';
import { ClientGone } from './body.ts';
import type { Limits } from './limits.ts';

/** Up to this much is read and sent at once. */
const WHOLE_BYTES = 256 * 1024;
/** Up to this much, copying costs less than a second piece. */
const TEXT_BYTES = 8 * 1024;
/** Two of these go round for a longer one: while one is on its way to the client, the other is filled. */
const BUFFER_BYTES = 512 * 1024;

/** Writes the answer; how many bytes of body. @throws ClientGone when the client doesn't take it */
export async function send(response: ServerResponse, answer: Answer, limits: Limits): Promise<number> {
  const { body } = answer;
  if (body !== undefined && !(body instanceof Uint8Array))
    return await sendContent(response, answer, body, limits);
  writeHead(response, answer.status, answer.headers);
  if (body === undefined || response.req.method === 'HEAD') {
    response.end();
    return 0;
  }
  endWith(response, body);
  return body.byteLength;
}

/** Writes the head that every answer of the API has. A flat list is what Node writes fastest. */
export function writeHead(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  const list = ['Docker-Distribution-Api-Version', 'registry/2.0'];
  for (const name in headers) list.push(name, headers[name] ?? '');
  response.writeHead(status, list);
}

/** A small body goes out in one piece with its head if it is text; as bytes the two are gathered by the kernel. */
function endWith(response: ServerResponse, bytes: Uint8Array): void {
  if (bytes.byteLength > TEXT_BYTES) response.end(bytes);
  else
    response.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), 'latin1');
}

async function sendContent(
  response: ServerResponse,
  { status, headers }: Answer,
  range: ContentRange,
  limits: Limits,
): Promise<number> {
  const sizeBytes = range.endByte - range.startByte;
  try {
    // Read before the head is written: what can't be read still gets an answer that says so.
    const whole = sizeBytes <= WHOLE_BYTES ? await readRange(range, sizeBytes) : undefined;
    writeHead(response, status, headers);
    if (whole !== undefined) endWith(response, whole);
    else await stream(response, range, limits);
  } finally {
    await range.content.close();
  }
  return sizeBytes;
}

async function readRange({ content, startByte }: ContentRange, sizeBytes: number): Promise<Buffer> {
  if (content.whole !== undefined) return content.whole.subarray(startByte, startByte + sizeBytes);
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let filled = 0; filled < sizeBytes; ) {
    filled += await readSome(content, bytes.subarray(filled), startByte + filled);
  }
  return bytes;
}

async function stream(response: ServerResponse, range: ContentRange, limits: Limits): Promise<void> {
  const client = watchClient(response, limits.idleMs);
  const slots = [newSlot(), newSlot()];
  try {
    for (let offset = range.startByte; offset < range.endByte; ) {
      const slot = slots.shift() ?? newSlot();
      slots.push(slot);
      await slot.written;
      const target = slot.buffer.subarray(0, Math.min(BUFFER_BYTES, range.endByte - offset));
      const count = await readSome(range.content, target, offset);
      slot.written = client.write(target.subarray(0, count));
      offset += count;
    }
    for (const slot of slots) await slot.written;
    response.end();
  } finally {
    client.release();
  }
}

interface Slot {
  readonly buffer: Buffer;
  /** Until then the buffer belongs to the socket. */
  written: Promise<void>;
}

function newSlot(): Slot {
  return { buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES), written: Promise.resolve() };
}

interface Client {
  /** Resolves when the socket has taken the bytes. @throws ClientGone */
  write(bytes: Uint8Array): Promise<void>;
  release(): void;
}

function watchClient(response: ServerResponse, idleMs: number): Client {
  const { socket } = response;
  const giveUp = (): void => {
    response.destroy();
  };
  socket?.setTimeout(idleMs, giveUp);
  const gone = new Promise<never>((_, reject) => {
    response.once('close', () => reject(new ClientGone('the client went away')));
  });
  gone.catch(ignore);
  return {
    write: (bytes) => {
      const taken = new Promise<void>((resolve, reject) => {
        response.write(bytes, (error) =>
          error ? reject(new ClientGone('the client went away')) : resolve(),
        );
      });
      const written = Promise.race([taken, gone]);
      written.catch(ignore);
      return written;
    },
    release: () => {
      socket?.setTimeout(0);
      socket?.removeListener('timeout', giveUp);
    },
  };
}

async function readSome(content: ContentRange['content'], target: Buffer, offset: number): Promise<number> {
  const count = await content.read(target, offset);
  if (count === 0) throw new Error(`a stored file ended at ${offset} bytes while it was being read`);
  return count;
}

function ignore(): void {}
