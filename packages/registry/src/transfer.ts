/**
 * A long body on its way to the client: within the kernel where content and connection can do that, through two
 * buffers where not.
 */

import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ContentRange } from './answer.ts';
import { ClientGone } from './body.ts';
import { type Content, readSome, type Sendfile } from './drivers/driver.ts';
import type { Limits } from './limits.ts';
import { isWrittenAsItIs, socketDescriptor } from './socket-descriptor.ts';

/** Two of these go round: while one is on its way to the client, the other is filled. */
const BUFFER_BYTES = 512 * 1024;
/** Go within the kernel in one turn: a millisecond or two for which everybody else waits. */
const TURN_BYTES = 4 * 1024 * 1024;
/** What one of many gets of a turn; less would cost more than it moves. */
const LEAST_BYTES = 512 * 1024;
/** Goes through a buffer with the head and after each refusal: once Node is rid of it, the client takes more. */
const PIECE_BYTES = 64 * 1024;
/** Goes through the buffers where the disk has to be waited for, before the kernel is tried again; twice as much the next time. */
const COLD_BYTES = 4 * 1024 * 1024;
/** So many refusals before a single byte mean that it doesn't work here at all. */
const MAX_REFUSALS = 64;

/** Bodies that are on their way just now. */
let underWay = 0;

/**
 * Sends the content, whose head is written, and ends the answer.
 * @throws ClientGone, also when nothing moves for too long; Error when the content ends before its time
 */
export async function transfer(response: ServerResponse, range: ContentRange, limits: Limits): Promise<void> {
  const client = watchClient(response, limits.idleMs);
  underWay += 1;
  try {
    const { content, startByte, endByte } = range;
    const buffers = new Buffers(client, content);
    const sendfile = isWrittenAsItIs(response) ? content.sendfile : undefined;
    if (sendfile === undefined) await buffers.send(startByte, endByte);
    else await sendWithin(response, client, range, buffers, sendfile);
    response.end();
  } finally {
    underWay -= 1;
    client.release();
  }
}

/** What the kernel doesn't send goes through the buffers, which wait for what has to be waited for. */
async function sendWithin(
  response: ServerResponse,
  client: Client,
  { startByte, endByte }: ContentRange,
  buffers: Buffers,
  sendfile: Sendfile,
): Promise<void> {
  let offset = startByte;
  let bufferedBytes = PIECE_BYTES;
  let refusals = 0;
  let works = false;
  while (offset < endByte) {
    const next = Math.min(offset + bufferedBytes, endByte);
    await buffers.send(offset, next);
    const { sentBytes, reason } = await sendNow(response, client, sendfile, next, endByte);
    offset = next + sentBytes;
    works ||= sentBytes > 0;
    if (reason === 'refused') refusals += 1;
    const isHopeless = !works && refusals === MAX_REFUSALS;
    bufferedBytes = isHopeless
      ? endByte
      : reason === 'cold'
        ? Math.max(COLD_BYTES, 2 * bufferedBytes)
        : PIECE_BYTES;
  }
}

/** Sends within the kernel as far as that goes. */
async function sendNow(
  response: ServerResponse,
  client: Client,
  sendfile: Sendfile,
  startByte: number,
  endByte: number,
): Promise<{ sentBytes: number; reason: 'done' | 'cold' | 'refused' }> {
  let offset = startByte;
  while (offset < endByte) {
    const descriptor = socketDescriptor(response);
    const limitBytes = Math.min(shareOfTurn(), endByte - offset);
    const sent = descriptor === undefined ? 'refused' : sendfile(descriptor, offset, limitBytes);
    if (typeof sent === 'string') return { sentBytes: offset - startByte, reason: sent };
    offset += sent;
    // The client has all that it takes just now.
    if (sent < limitBytes) return { sentBytes: offset - startByte, reason: 'refused' };
    client.moved();
    await nextTurn();
  }
  return { sentBytes: offset - startByte, reason: 'done' };
}

function shareOfTurn(): number {
  return Math.max(LEAST_BYTES, Math.floor(TURN_BYTES / underWay / PIECE_BYTES) * PIECE_BYTES);
}

interface Slot {
  buffer: Buffer;
  /** Until then the buffer belongs to the socket. */
  written: Promise<void>;
}

/** The way through this process: from `read` to `write`. */
class Buffers {
  readonly #client: Client;
  readonly #content: Content;
  readonly #slots: Slot[] = [newSlot(), newSlot()];

  constructor(client: Client, content: Content) {
    this.#client = client;
    this.#content = content;
  }

  /** The socket has taken all when this resolves. */
  async send(startByte: number, endByte: number): Promise<void> {
    for (let offset = startByte; offset < endByte; ) {
      const slot = this.#slots.shift() ?? newSlot();
      this.#slots.push(slot);
      await slot.written;
      const target = bufferOf(slot, Math.min(BUFFER_BYTES, endByte - offset));
      const count = await readSome(this.#content, target, offset);
      slot.written = this.#client.write(target.subarray(0, count));
      offset += count;
    }
    for (const slot of this.#slots) await slot.written;
  }
}

function newSlot(): Slot {
  return { buffer: Buffer.alloc(0), written: Promise.resolve() };
}

function bufferOf(slot: Slot, sizeBytes: number): Buffer {
  if (slot.buffer.byteLength < sizeBytes) slot.buffer = Buffer.allocUnsafeSlow(sizeBytes);
  return slot.buffer.subarray(0, sizeBytes);
}

interface Client {
  /** Resolves when the socket has taken the bytes. @throws ClientGone */
  write(bytes: Uint8Array): Promise<void>;
  /** Something went that Node knows nothing of. */
  moved(): void;
  release(): void;
}

function watchClient(response: ServerResponse, idleMs: number): Client {
  const connection = response.req.socket;
  const giveUp = (): void => {
    response.destroy();
  };
  const watch = (): void => {
    connection.setTimeout(idleMs, giveUp);
  };
  // While another answer is on its way before this one, the time is that one's.
  if (response.socket === null) response.once('socket', watch);
  else watch();
  const waiting = new Set<() => void>();
  // Of an answer that hasn't begun, the response tells nothing when the connection ends.
  const fail = (): void => {
    for (const failed of waiting) failed();
  };
  connection.once('close', fail);
  return {
    write: (bytes) => {
      const written = new Promise<void>((resolve, reject) => {
        const failed = (): void => reject(new ClientGone('the client went away'));
        waiting.add(failed);
        response.write(bytes, (error) => {
          waiting.delete(failed);
          if (error) failed();
          else resolve();
        });
        if (connection.destroyed) failed();
      });
      // Whoever waits for it may have failed before.
      written.catch(ignore);
      return written;
    },
    moved: () => {
      connection.setTimeout(idleMs);
    },
    release: () => {
      connection.removeListener('close', fail);
      response.removeListener('socket', watch);
      if (connection.listeners('timeout').includes(giveUp)) connection.setTimeout(0, giveUp);
    },
  };
}

function ignore(): void {}
