// Requests that are answered before node:http sees them: a head that is known, on a connection that is between two
// messages. Node's own parser makes objects and events for every request, which cost more than the answer.
//
// Nothing is parsed here. A head is known when Node's parser took the same bytes before, as one whole request without a
// body: its lines below the first are looked up as they are, and the first line goes to whoever answers, who takes only
// those that it knows. Everything else goes to Node's parser, the first request of a connection always (it keeps the
// time of those that send none); and once anything has come that isn't such a head, all of the connection does, as
// nobody but the parser knows then where the next request begins.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { QuickListener, RequestHead } from '@berth/registry';
import { LRUCache } from 'lru-cache';
import { serverLimits } from '../limits.ts';
import { AnswerWriter } from './answer-writer.ts';
import { type ParserConnection, takeOver } from './parser-connection.ts';

export interface QuickRequestsOptions {
  readonly listener: QuickListener;
  /** Headers that every answer gets beside its own. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What Node's parser made of the lines below a request's first one. */
type KnownLines = Pick<RequestHead, 'headers' | 'rawHeaders'>;

const NEW_LINE = '\r\n';
const HEAD_END = '\r\n\r\n';
const LETTER_V = 0x76;
/** In front of the first line's end: ` HTTP/1.1`. */
const VERSION_LENGTH = 9;

/** Answers what it can of what comes to `server`, in front of its own parser. */
export function answerQuickly(server: Server, { listener, headers }: QuickRequestsOptions): void {
  const shared: Shared = {
    server,
    listener,
    writer: new AnswerWriter(headers, server.keepAliveTimeout),
    known: new LRUCache({
      maxSize: serverLimits.knownHeadsBytes,
      sizeCalculation: (_lines, text) => 2 * text.length + 1024,
    }),
  };
  const connections = new WeakMap<Socket, Connection>();
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    const connection = new Connection(shared, socket);
    if (connection.isTakenOver) connections.set(socket, connection);
  });
  const onRequest: RequestListener = (request, response) =>
    connections.get(request.socket)?.parsed(request, response);
  server.prependListener('request', onRequest);
  server.prependListener('checkContinue', onRequest);
}

interface Shared {
  readonly server: Server;
  readonly listener: QuickListener;
  readonly writer: AnswerWriter;
  readonly known: LRUCache<string, KnownLines>;
}

class Connection {
  readonly #shared: Shared;
  readonly #socket: Socket;
  readonly #parser: ParserConnection | undefined;
  /** Whether what comes next is the beginning of a request, for sure. */
  #isBetween = true;
  /** Requests that Node's parser was given, and those of them that aren't answered yet. */
  #parsed = 0;
  #unanswered = 0;
  #latest: IncomingMessage | undefined;

  constructor(shared: Shared, socket: Socket) {
    this.#shared = shared;
    this.#socket = socket;
    this.#parser = takeOver(socket, (chunk) => this.#take(chunk));
  }

  get isTakenOver(): boolean {
    return this.#parser !== undefined;
  }

  /** Node's parser found a request on this connection. */
  parsed(request: IncomingMessage, response: ServerResponse): void {
    this.#parsed += 1;
    this.#unanswered += 1;
    this.#latest = request;
    response.once('close', () => {
      this.#unanswered -= 1;
    });
  }

  #take(chunk: Buffer): void {
    if (this.#isBetween) {
      if (!this.#answer(chunk)) this.#parseAndLearn(chunk);
      return;
    }
    this.#parser?.parse(chunk);
    free(chunk);
  }

  #answer(chunk: Buffer): boolean {
    const { server, listener, known, writer } = this.#shared;
    const socket = this.#socket;
    // A server that ends says so with each answer, and an answer that isn't taken yet keeps the next one waiting.
    if (!server.listening || this.#parsed === 0 || this.#unanswered > 0 || socket.writableLength > 0)
      return false;
    if (!isForRegistry(chunk)) return false;
    const text = chunk.toString('latin1');
    const firstEnd = text.indexOf(NEW_LINE) - VERSION_LENGTH;
    const lines = firstEnd > 0 ? known.get(text.slice(firstEnd)) : undefined;
    if (lines === undefined) return false;
    const line = text.slice(0, firstEnd);
    const { headers, rawHeaders } = lines;
    const request = {
      method: line.slice(0, line.indexOf(' ')),
      url: line.slice(line.indexOf(' ') + 1),
      headers,
      rawHeaders,
      socket,
    };
    return listener(line, request, (answer) => writer.write(socket, request.method, answer));
  }

  #parseAndLearn(chunk: Buffer): void {
    const before = this.#parsed;
    this.#parser?.parse(chunk);
    const request = this.#latest;
    this.#latest = undefined;
    this.#isBetween =
      chunk.indexOf(HEAD_END) === chunk.byteLength - HEAD_END.length &&
      this.#parsed === before + 1 &&
      request !== undefined &&
      isWithoutBody(request);
    if (!this.#isBetween) this.#parser?.giveBack();
    else if (request !== undefined) this.#learn(chunk, request);
  }

  #learn(chunk: Buffer, request: IncomingMessage): void {
    if (!isForRegistry(chunk) || !isUsual(request)) return;
    const { headers, rawHeaders } = request;
    const firstEnd = chunk.indexOf(NEW_LINE) - VERSION_LENGTH;
    // A string of its own: a slice would keep all of the head that it was cut from.
    this.#shared.known.set(chunk.toString('latin1', firstEnd), { headers, rawHeaders });
  }
}

/** `GET /v…` or `HEAD /v…`: tokens, for one, are asked for elsewhere, with heads that don't come again. */
function isForRegistry(chunk: Buffer): boolean {
  return chunk[5] === LETTER_V || chunk[6] === LETTER_V;
}

/**
 * The parser has copied what it gave on. Left to the garbage collector, the rest of a body of gigabytes costs more time
 * than the upload itself, and room.
 */
function free({ buffer, byteLength }: Buffer): void {
  if (byteLength === buffer.byteLength && 'transfer' in buffer) buffer.transfer(0);
}

function isWithoutBody({ method, headers }: IncomingMessage): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/**
 * A request that asks nothing of the connection itself, whose header lines are all there (Node leaves out those beyond
 * its limit), and that brings no password, which isn't kept in memory.
 */
function isUsual({ headers, rawHeaders, httpVersion }: IncomingMessage): boolean {
  const { connection, authorization, upgrade, expect } = headers;
  const isKept = connection === undefined ? httpVersion === '1.1' : /^keep-alive$/i.test(connection);
  return (
    isKept &&
    upgrade === undefined &&
    expect === undefined &&
    rawHeaders.length < 2 * serverLimits.maxHeadersCount &&
    (authorization === undefined || /^bearer /i.test(authorization))
  );
}
