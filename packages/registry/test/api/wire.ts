/** One connection, byte by byte, for what no client library would send. */

import { createConnection, type Socket } from 'node:net';

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
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
}

/** Connects to `http://host:port`. */
export async function connect(address: string): Promise<Wire> {
  const { hostname, port } = new URL(address);
  const socket = createConnection({ host: hostname, port: Number(port) });
  let received = Buffer.alloc(0);
  let isClosed = false;
  let wake: () => void = () => {};
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, Buffer.from(chunk)]);
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
  return {
    socket,
    closed,
    write: (bytes) =>
      new Promise((resolve) => {
        if (isClosed) resolve(false);
        else socket.write(bytes, (error) => resolve(error === undefined || error === null));
        void closed.then(() => resolve(false));
      }),
    reply: async () => {
      for (;;) {
        const found = firstReply(received);
        if (found !== undefined) {
          received = received.subarray(found.endByte);
          return found.reply;
        }
        if (isClosed) throw new Error(`the connection ended after ${JSON.stringify(received.toString())}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** A request's head; `Host` is added. */
export function head(method: string, path: string, ...headers: readonly string[]): string {
  return `${[`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers].join('\r\n')}\r\n\r\n`;
}

const BODYLESS = new Set([100, 204, 304]);

function firstReply(received: Buffer): { reply: WireReply; endByte: number } | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(first.split(' ')[1]);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const lengthBytes = BODYLESS.has(status) ? 0 : Number(headers['content-length'] ?? 0);
  const endByte = end + 4 + lengthBytes;
  if (received.byteLength < endByte) return undefined;
  return { reply: { status, headers, body: received.subarray(end + 4, endByte).toString('utf8') }, endByte };
}
