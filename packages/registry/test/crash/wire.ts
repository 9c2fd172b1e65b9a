/**
 * HTTP between a test and a listener without a network: Node's own server at one end of a pair of streams, at the
 * other a client that writes a request and reads the answer. So the order in which things happen follows from the
 * test alone, a seed repeats it, and thousands of requests take a second.
 */

import { createServer, type RequestListener, type Server } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Reply {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export class Wire {
  readonly #server: Server;

  constructor(listener: RequestListener) {
    this.#server = createServer(listener);
  }

  /** One request on a connection of its own. Rejects when the connection ends before the answer does. */
  async send(ask: Ask): Promise<Reply> {
    const [near, far] = duplexPair();
    this.#server.emit('connection', asSocket(far));
    const answered = readReply(near, ask.method);
    near.write(Buffer.concat([headOf(ask), ask.body ?? Buffer.alloc(0)]));
    try {
      return await answered;
    } finally {
      near.destroy();
      far.destroy();
    }
  }
}

function headOf({ method, path, headers = {}, body }: Ask): Buffer {
  const fields = {
    host: 'registry.test',
    connection: 'close',
    ...headers,
    ...(body !== undefined && { 'content-length': String(body.byteLength) }),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

/** The server says how long every body is, and closes after it. */
function readReply(near: Duplex, method: string): Promise<Reply> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    near.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const reply = parseReply(Buffer.concat(chunks), method);
      isAnswered ||= reply !== undefined;
      if (reply !== undefined) resolve(reply);
    });
    near.on('close', () => {
      if (!isAnswered) reject(new Error('the connection ended before the answer did'));
    });
    near.on('end', () => near.destroy());
    near.on('error', reject);
  });
}

function parseReply(bytes: Buffer, method: string): Reply | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const sizeBytes = method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0);
  const body = bytes.subarray(end + 4);
  if (body.byteLength < sizeBytes) return undefined;
  return { status: Number(first.split(' ')[1]), headers, body };
}

/** What a socket has beyond a stream. Nothing idles here, so its timeouts never come. */
function asSocket(stream: Duplex): Duplex {
  return Object.assign(stream, {
    remoteAddress: '127.0.0.1',
    setTimeout: () => stream,
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
    destroySoon: () => stream.end(),
  });
}
