// Where bytes of a connection go: to a function of ours, or straight to Node's parser. The one place that knows how
// node:http is connected to its sockets, which is an internal of Node; what isn't as expected is left as it is.
//
// Node's parser reads from the connection itself, below all streams, until somebody listens for 'data'. That is a fifth
// of what a long body costs, so a connection whose bytes nobody wants to see any more is given back to it.

import { Socket } from 'node:net';

type Listener = (...values: unknown[]) => void;

export interface ParserConnection {
  /** Has Node's parser read these bytes. */
  parse(chunk: Buffer): void;
  /** Lets Node's parser read from the connection again; false where that can't be, and bytes come here as before. */
  giveBack(): boolean;
}

/** Has `take` called with what comes, in place of Node's parser; undefined where that isn't found. */
export function takeOver(socket: Socket, take: (chunk: Buffer) => void): ParserConnection | undefined {
  const [parse, ...others] = listenersOf(socket, 'data');
  if (parse === undefined || others.length > 0) return undefined;
  // Node takes these away with the next line.
  const pausing = { pause: listenersOf(socket, 'pause'), resume: listenersOf(socket, 'resume') };
  socket.on('data', take);
  socket.removeListener('data', parse);
  return {
    parse: (chunk) => Reflect.apply(parse, socket, [chunk]),
    giveBack: () => giveBack(socket, take, parse, pausing),
  };
}

function giveBack(
  socket: Socket,
  take: (chunk: Buffer) => void,
  parse: Listener,
  pausing: Readonly<Record<'pause' | 'resume', readonly Listener[]>>,
): boolean {
  const parser = memberOf(socket, 'parser');
  const handle = memberOf(socket, '_handle');
  const consume = parser && Reflect.get(parser, 'consume');
  const isAsLeft =
    handle !== undefined &&
    parser !== undefined &&
    Reflect.get(parser, '_consumed') === false &&
    typeof consume === 'function' &&
    socket.readableFlowing === true &&
    socket.readableLength === 0 &&
    socket.listenerCount('pause') === 0;
  if (!isAsLeft) return false;
  socket.removeListener('data', take);
  // The socket's own `on` would see somebody who wants the bytes.
  Socket.prototype.on.call(socket, 'data', parse);
  for (const listener of pausing.pause) socket.on('pause', listener);
  for (const listener of pausing.resume) {
    if (!socket.listeners('resume').includes(listener)) socket.on('resume', listener);
  }
  Reflect.set(parser, '_consumed', true);
  Reflect.apply(consume, parser, [handle]);
  return true;
}

function listenersOf(socket: Socket, event: 'data' | 'pause' | 'resume'): Listener[] {
  return socket.listeners(event).map((listener) => listener as Listener);
}

function memberOf(of: object, name: string): object | undefined {
  const member: unknown = Reflect.get(of, name);
  return typeof member === 'object' && member !== null ? member : undefined;
}
