/** One connection, byte by byte, for what no client library would send. */

import { createConnection, type Socket } from 'node:net';
import { withoutPassword } from './binary-place.ts';

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Wire {
  readonly socket: Socket;
  /** Resolves when the kernel has taken the bytes; false when the connection is gone. */
  write(bytes: string | Uint8Array): Promise<boolean>;
  /** The next reply on the connection. @throws Error if the connection ends before it is whole */
  reply(): Promise<WireReply>;
  /** The head of the next reply; its body, if it has one, is still to be taken. @throws Error as `reply` */
  head(): Promise<Omit<WireReply, 'body'>>;
  /** The next bytes. @throws Error as `reply` */
  take(count: number): Promise<Buffer>;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
}

/** Connects to `http://host:port`. With a password in it, every head that is written at once carries that. */
export async function connect(address: string): Promise<Wire> {
  const { hostname, port } = new URL(address);
  const { authorization } = withoutPassword(address);
  const own = (bytes: string | Uint8Array) =>
    authorization === undefined ? bytes : withHeader(bytes, `Authorization: ${authorization}`);
  const socket = createConnection({ host: hostname, port: Number(port) });
  let received = Buffer.alloc(0);
  const arrived: Buffer[] = [];
  let arrivedBytes = 0;
  let isClosed = false;
  let wake: () => void = () => {};
  socket.on('data', (chunk) => {
    arrived.push(Buffer.from(chunk));
    arrivedBytes += chunk.length;
    wake();
  });
  // A reset is one way to end; `closed` tells of all.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isClosed = true;
      wake();
      resolve();
    });
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
  });
  /** What `find` finds, once there are so many bytes to look at; they are put together only then. */
  async function next<Value>(
    find: (bytes: Buffer) => Found<Value> | undefined,
    leastBytes = 1,
  ): Promise<Value> {
    for (;;) {
      if (received.byteLength + arrivedBytes >= leastBytes) {
        received = Buffer.concat([received, ...arrived.splice(0)]);
        arrivedBytes = 0;
        const found = find(received);
        if (found !== undefined) {
          received = received.subarray(found.endByte);
          return found.value;
        }
      }
      if (isClosed) throw new Error(`the connection ended after ${JSON.stringify(received.toString())}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    socket,
    closed,
    write: (bytes) =>
      new Promise((resolve) => {
        if (isClosed) resolve(false);
        else socket.write(own(bytes), (error) => resolve(error === undefined || error === null));
        void closed.then(() => resolve(false));
      }),
    reply: () => next(findReply),
    head: () => next(findHead),
    take: (count) => next((bytes) => ({ value: bytes.subarray(0, count), endByte: count }), count),
  };
}

/** The same bytes, with one more header in each head that begins in them. */
function withHeader(bytes: string | Uint8Array, header: string): Buffer {
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(text.replaceAll(/[A-Z]+ \S+ HTTP\/1\.1\r\n/g, `$&${header}\r\n`), 'latin1');
}

/** A request's head; `Host` is added. */
export function head(method: string, path: string, ...headers: readonly string[]): string {
  return `${[`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers].join('\r\n')}\r\n\r\n`;
}

const BODYLESS = new Set([100, 204, 304]);

/** Something at the beginning of the bytes, and where it ends. */
interface Found<Value> {
  readonly value: Value;
  readonly endByte: number;
}

function findHead(received: Buffer): Found<Omit<WireReply, 'body'>> | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { value: { status: Number(first.split(' ')[1]), headers }, endByte: end + 4 };
}

function findReply(received: Buffer): Found<WireReply> | undefined {
  const head = findHead(received);
  if (head === undefined) return undefined;
  const { status, headers } = head.value;
  const lengthBytes = BODYLESS.has(status) ? 0 : Number(headers['content-length'] ?? 0);
  const endByte = head.endByte + lengthBytes;
  if (received.byteLength < endByte) return undefined;
  const body = received.subarray(head.endByte, endByte).toString('utf8');
  return { value: { status, headers, body }, endByte };
}
