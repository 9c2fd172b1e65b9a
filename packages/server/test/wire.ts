// HTTP/1.1 as its bytes, for tests that need to say what comes in one piece and what comes when.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** One connection, which reads replies one after another. */
export class Wire {
  readonly socket: Socket;
  #received = '';
  #wake = (): void => {};
  #isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket.setEncoding('latin1');
    socket.on('data', (text) => {
      this.#received += text;
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  static async to(port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    return new Wire(socket);
  }

  /** @param hasBody false for the answer to a HEAD */
  async reply(hasBody = true): Promise<Reply> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      const head = this.#received.slice(0, Math.max(end, 0));
      const length = hasBody ? Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0) : 0;
      if (end >= 0 && this.#received.length >= end + 4 + length) {
        const body = this.#received.slice(end + 4, end + 4 + length);
        this.#received = this.#received.slice(end + 4 + length);
        return { status: Number(head.split(' ')[1]), head, body };
      }
      if (this.#isClosed) throw new Error(`closed after ${this.#received.length} bytes of a reply`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  async ask(head: string): Promise<Reply> {
    this.socket.write(head);
    return await this.reply(!head.startsWith('HEAD'));
  }

  async closed(): Promise<string> {
    if (!this.#isClosed) await once(this.socket, 'close');
    return this.#received;
  }
}

/** A request without a body; `line` is its method and path. */
export const headOf = (line: string, ...headers: readonly string[]): string =>
  `${[`${line} HTTP/1.1`, 'Host: x', 'Accept: */*', ...headers].join('\r\n')}\r\n\r\n`;

/** A head without what time changes. */
export const withoutDate = (head: string): string => head.replace(/^Date: .*$/m, 'Date');
