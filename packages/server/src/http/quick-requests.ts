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
import type { Auth } from '@berth/auth';
import type { QuickListener, RequestHead } from '@berth/registry';
import { LRUCache } from 'lru-cache';
import { serverLimits } from '../limits.ts';
import { AnswerWriter } from './answer-writer.ts';
import { type ParserConnection, takeOver } from './parser-connection.ts';

export interface QuickRequestsOptions {
  /** Answers what it can of /v2, at once. */
  readonly registry: QuickListener | undefined;
  /** Answers what it can of its paths, at once or a little later. */
  readonly tokens: Pick<Auth, 'tokenPaths' | 'quickTokenListener'> | undefined;
  /** Headers that every answer gets beside its own. */
  readonly headers: Readonly<Record<string, string>>;
  /** While false, nothing is answered quickly; without it, always true. */
  readonly isOpen?: () => boolean;
}

export interface QuickRequests {
  /** Whether an answer is under way on this connection. */
  isAnswering(socket: Socket): boolean;
}

/** What Node's parser made of the lines below a request's first one. */
type KnownLines = Pick<RequestHead, 'headers' | 'rawHeaders'>;

const NEW_LINE = '\r\n';
const HEAD_END = '\r\n\r\n';
const LETTER_G = 0x47;
const LETTER_V = 0x76;
/** In front of the first line's end: ` HTTP/1.1`. */
const VERSION_LENGTH = 9;

/** Answers what it can of what comes to `server`, in front of its own parser. */
export function answerQuickly(
  server: Server,
  { registry, tokens, headers, isOpen = () => true }: QuickRequestsOptions,
): QuickRequests {
  const shared: Shared = {
    server,
    registry,
    tokens,
    isOpen,
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
  return { isAnswering: (socket) => connections.get(socket)?.isAnswering === true };
}

interface Shared {
  readonly server: Server;
  readonly registry: QuickRequestsOptions['registry'];
  readonly tokens: QuickRequestsOptions['tokens'];
  readonly isOpen: () => boolean;
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
  #isAnswering = false;
  /** What a client sent that doesn't wait for the answer that is under way. */
  #held: Buffer[] = [];

  constructor(shared: Shared, socket: Socket) {
    this.#shared = shared;
    this.#socket = socket;
    this.#parser = takeOver(socket, (chunk) => this.#take(chunk));
  }

  get isTakenOver(): boolean {
    return this.#parser !== undefined;
  }

  /** Whether an answer is under way that Node's parser knows nothing of. */
  get isAnswering(): boolean {
    return this.#isAnswering;
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
    if (this.#isAnswering) {
      this.#held.push(chunk);
      this.#socket.pause();
      return;
    }
    if (this.#isBetween) {
      if (!this.#answer(chunk)) this.#parseAndLearn(chunk);
      return;
    }
    this.#parser?.parse(chunk);
    free(chunk);
  }

  #answer(chunk: Buffer): boolean {
    const { server, isOpen } = this.#shared;
    if (!isOpen()) return false;
    // A server that ends says so with each answer, and an answer that isn't taken yet keeps the next one waiting.
    if (!server.listening || this.#parsed === 0 || this.#unanswered > 0 || this.#socket.writableLength > 0)
      return false;
    if (isForRegistry(chunk)) return this.#answerRegistry(chunk);
    return chunk[0] === LETTER_G && this.#answerToken(chunk);
  }

  #answerRegistry(chunk: Buffer): boolean {
    const { registry, known, writer } = this.#shared;
    const text = chunk.toString('latin1');
    const firstEnd = firstEndOf(text);
    const lines = firstEnd > 0 ? known.get(text.slice(firstEnd)) : undefined;
    if (lines === undefined || registry === undefined) return false;
    const line = text.slice(0, firstEnd);
    const head = headOf(line, lines, this.#socket);
    return registry(line, head, (answer) => writer.write(this.#socket, head.method, answer));
  }

  #answerToken(chunk: Buffer): boolean {
    const { tokens, known, writer } = this.#shared;
    const text = chunk.toString('latin1');
    const firstEnd = firstEndOf(text);
    const line = text.slice(0, firstEnd);
    if (!WHOLE_URL.test(line) || !tokens?.tokenPaths.has(pathOf(line))) return false;
    const { lines, authorization } = withoutPassword(text.slice(firstEnd));
    const knownLines = known.get(lines);
    if (knownLines === undefined) return false;
    const head = headOf(line, knownLines, this.#socket);
    if (authorization !== undefined) head.headers = { ...head.headers, authorization };
    this.#isAnswering = true;
    const isTaken = tokens.quickTokenListener(head, (answer) => {
      if (this.#socket.writable) writer.writeJson(this.#socket, answer);
      this.#goOn();
    });
    if (!isTaken) this.#isAnswering = false;
    return isTaken;
  }

  #goOn(): void {
    this.#isAnswering = false;
    if (this.#held.length === 0) return;
    for (const chunk of this.#held.splice(0)) this.#take(chunk);
    this.#socket.resume();
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
    const { known, tokens } = this.#shared;
    const { headers, rawHeaders, method = '', url = '' } = request;
    if (!isUsual(request)) return;
    const text = chunk.toString('latin1', chunk.indexOf(NEW_LINE) - VERSION_LENGTH);
    if (isForRegistry(chunk)) {
      if (!mayHoldPassword(headers)) known.set(text, { headers, rawHeaders });
      return;
    }
    if (!tokens?.tokenPaths.has(pathOf(`${method} ${url}`))) return;
    const { lines, authorization } = withoutPassword(text);
    if (!mayHoldPassword(headers)) known.set(text, { headers, rawHeaders });
    else if (authorization === headers.authorization && !BASIC.test(lines)) {
      const { authorization: _, ...others } = headers;
      // A string of its own: one that was put together would keep the parts that it was made of, and their whole.
      known.set(Buffer.from(lines, 'latin1').toString('latin1'), { headers: others, rawHeaders: [] });
    }
  }
}

/** One that the parser takes as well: there is no space in it, no control character, nothing beyond ASCII. */
const WHOLE_URL = /^GET \/[\x21-\x7e]*$/;

/** `GET /v…` or `HEAD /v…`. */
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

/** Where the version begins in a head's first line; negative where there is no such line. */
function firstEndOf(text: string): number {
  return text.indexOf(NEW_LINE) - VERSION_LENGTH;
}

/** Of `GET /path?query`. */
function pathOf(line: string): string {
  const query = line.indexOf('?');
  return line.slice(line.indexOf(' ') + 1, query < 0 ? line.length : query);
}

function headOf(line: string, { headers, rawHeaders }: KnownLines, socket: Socket) {
  const space = line.indexOf(' ');
  return { method: line.slice(0, space), url: line.slice(space + 1), headers, rawHeaders, socket };
}

const BASIC = /\r\nauthorization: (basic [\w+/=]+)(?=\r\n)/i;

/** The lines of a head without the password in them: what is remembered must not hold it. */
function withoutPassword(lines: string): { readonly lines: string; readonly authorization?: string } {
  const found = BASIC.exec(lines);
  const [line, authorization] = found ?? [];
  if (found === null || line === undefined || authorization === undefined) return { lines };
  const end = found.index + line.length;
  // Marked, so that it isn't found for a head that has such an empty line of its own.
  return { lines: `*${lines.slice(0, end - authorization.length)}${lines.slice(end)}`, authorization };
}

/** Anything but a token: what may hold a password. */
function mayHoldPassword({ authorization }: RequestHead['headers']): boolean {
  return authorization !== undefined && !/^bearer /i.test(authorization);
}

/**
 * A request that asks nothing of the connection itself, and whose header lines are all there (Node leaves out those
 * beyond its limit).
 */
function isUsual({ headers, rawHeaders, httpVersion }: IncomingMessage): boolean {
  const { connection, upgrade, expect } = headers;
  const isKept = connection === undefined ? httpVersion === '1.1' : /^keep-alive$/i.test(connection);
  return (
    isKept &&
    upgrade === undefined &&
    expect === undefined &&
    rawHeaders.length < 2 * serverLimits.maxHeadersCount
  );
}
