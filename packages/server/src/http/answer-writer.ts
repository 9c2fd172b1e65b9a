// Answers as bytes of HTTP/1.1, with the headers that node:http adds to its own: Date, Connection, Keep-Alive. A header comes
// once: an answer's own goes out in place of one that every answer has, as with node:http, but for the API's version.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { JsonAnswer } from '@berth/auth';
import { API_VERSION, type QuickAnswer } from '@berth/registry';

/** Up to this much, copying costs less than a second piece. */
const TEXT_BYTES = 8 * 1024;

/** An answer that is given again is written out once. */
interface Written {
  readonly head: string;
  /** The body as latin1, where it is small. */
  readonly text: string | undefined;
}

export class AnswerWriter {
  /** By names in lower case: their lines. */
  readonly #common: ReadonlyMap<string, string>;
  readonly #tail: string;
  readonly #written = new WeakMap<QuickAnswer, Written>();
  #dateSecond = 0;
  #date = '';

  /** @param headers of every answer beside its own */
  constructor(headers: Readonly<Record<string, string>>, keepAliveTimeoutMs: number) {
    this.#common = new Map(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), lineOf(name, value)]),
    );
    this.#tail = `\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeoutMs / 1000)}\r\n\r\n`;
  }

  /** Writes all of it to `socket`, without a body for a HEAD. */
  write(socket: Socket, method: string, answer: QuickAnswer): void {
    const { head, text } = this.#writtenOf(answer);
    const whole = head + this.#dateNow() + this.#tail;
    const { body } = answer;
    if (body === undefined || method === 'HEAD') socket.write(whole, 'latin1');
    else if (text !== undefined) socket.write(whole + text, 'latin1');
    else {
      socket.cork();
      socket.write(whole, 'latin1');
      socket.write(body);
      socket.uncork();
    }
  }

  /** Writes an answer that isn't given again. */
  writeJson(socket: Socket, { status, headers, body }: JsonAnswer): void {
    let own = '';
    for (let at = 0; at < headers.length; at += 2) own += lineOf(headers[at] ?? '', headers[at + 1] ?? '');
    const common =
      this.#common.size === 0 ? '' : this.#commonBeside(headers.filter((_, index) => index % 2 === 0));
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${common}${own}`;
    socket.write(`${head}Date: ${this.#dateNow()}${this.#tail}${body}`, 'latin1');
  }

  #writtenOf(answer: QuickAnswer): Written {
    const known = this.#written.get(answer);
    if (known !== undefined) return known;
    const { status, headers, body } = answer;
    const common = this.#commonBeside(Object.keys(headers));
    const { name, value } = API_VERSION;
    const version = this.#common.has(name.toLowerCase()) ? '' : lineOf(name, value);
    const own = Object.entries(headers).map(([each, its]) => lineOf(each, its));
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${common}${version}${own.join('')}Date: `;
    const text = body !== undefined && body.byteLength <= TEXT_BYTES ? body.toString('latin1') : undefined;
    const written = { head, text };
    this.#written.set(answer, written);
    return written;
  }

  /** The lines of what every answer has, but for those names that this one has itself. */
  #commonBeside(own: readonly string[]): string {
    const left = new Map(this.#common);
    for (const name of own) left.delete(name.toLowerCase());
    return [...left.values()].join('');
  }

  /** RFC 9110, section 5.6.7; made once a second. */
  #dateNow(): string {
    const nowMs = Date.now();
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#dateSecond) {
      this.#dateSecond = second;
      this.#date = new Date(nowMs).toUTCString();
    }
    return this.#date;
  }
}

function lineOf(name: string, value: string): string {
  return `${name}: ${value}\r\n`;
}
