/** Writes a route's answer. */

import type { ServerResponse } from 'node:http';
import type { Answer, ContentRange } from './answer.ts';
import { ClientGone } from './body.ts';
import type { Limits } from './limits.ts';

/** Up to this much is read and sent at once. */
const WHOLE_BYTES = 256 * 1024;
/** Two of these go round for a longer one: while one is on its way to the client, the other is filled. */
const BUFFER_BYTES = 512 * 1024;

/** Writes the answer; how many bytes of body. @throws ClientGone when the client doesn't take it */
export async function send(response: ServerResponse, answer: Answer, limits: Limits): Promise<number> {
  const { body } = answer;
  const isHead = response.req.method === 'HEAD';
  response.writeHead(answer.status, answer.headers);
  if (body === undefined || isHead) {
    response.end();
    return 0;
  }
  if (body instanceof Uint8Array) {
    response.end(body);
    return body.byteLength;
  }
  return await sendContent(response, body, limits);
}

async function sendContent(response: ServerResponse, range: ContentRange, limits: Limits): Promise<number> {
  const sizeBytes = range.endByte - range.startByte;
  try {
    if (sizeBytes <= WHOLE_BYTES) response.end(await readRange(range, sizeBytes));
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
