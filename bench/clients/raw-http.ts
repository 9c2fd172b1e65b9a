/** As much of HTTP/1.1 (RFC 9112) as the clients for big bodies need, on one connection that is kept. */
import { BlockingSocket, type Connection } from './libc.ts';
import { BlockingTlsSocket } from './libssl.ts';

export interface RawResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly contentLength: number;
}

export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  /** Absolute, or a path on the same server. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is after the header: with `Transfer-Encoding: chunked` the file holds the chunks. */
  readonly file?: {
    readonly name: string;
    /** So much of it, and then `end`. */
    readonly sizeBytes: number;
    readonly end?: Buffer;
  };
}

const HEADER_BYTES = 16 * 1024;

export class RawConnection {
  readonly #base: URL;
  readonly #authorization: string | undefined;
  readonly #socket: Connection;

  constructor(base: string, authorization: string | undefined) {
    this.#base = new URL(base);
    this.#authorization = authorization;
    const port = Number(this.#base.port);
    this.#socket = this.#base.protocol === 'https:' ? new BlockingTlsSocket(port) : new BlockingSocket(port);
  }

  /** Sends it and reads the header of the answer. The body is still to be taken. */
  request({ method, target, headers = {}, file }: RawRequest): RawResponse {
    const url = new URL(target, this.#base);
    const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`, `Host: ${this.#base.host}`];
    if (this.#authorization !== undefined) lines.push(`Authorization: ${this.#authorization}`);
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n`);
    if (file !== undefined) this.#socket.sendFile(file.name, file.sizeBytes);
    if (file?.end !== undefined) this.#socket.send(file.end.toString('latin1'));
    return this.#readHeader();
  }

  discardBody({ contentLength }: RawResponse): void {
    this.#socket.discard(contentLength);
  }

  close(): void {
    this.#socket.close();
  }

  #readHeader(): RawResponse {
    const seen = Buffer.alloc(HEADER_BYTES);
    for (let before = -1; ; ) {
      const count = this.#socket.peek(seen);
      const end = seen.subarray(0, count).indexOf('\r\n\r\n');
      if (end !== -1) return this.#takeHeader(end + 4);
      if (count === before || count === HEADER_BYTES) throw new Error('the answer has no end of its header');
      before = count;
    }
  }

  #takeHeader(sizeBytes: number): RawResponse {
    const header = Buffer.alloc(sizeBytes);
    this.#socket.read(header);
    const [statusLine = '', ...lines] = header.toString('latin1').trimEnd().split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const contentLength = Number(headers.get('content-length') ?? 0);
    return { status: Number(statusLine.split(' ')[1]), headers, contentLength };
  }
}

/** @throws Error that says what was asked and what came */
export function expectStatus(response: RawResponse, status: number, what: string): RawResponse {
  if (response.status === status) return response;
  throw new Error(`${what}: answered ${response.status}, expected ${status}`);
}
