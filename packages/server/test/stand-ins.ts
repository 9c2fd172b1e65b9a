// Small servers in a registry's place, or in front of one, each with something wrong about it.

import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { digestOf } from './client.ts';
import type { Made } from './made-certificates.ts';

const running: Server[] = [];

/** A server on a free port that goes with the test. @returns its URL */
export async function standIn(listener: RequestListener, pair?: Made): Promise<string> {
  const server = pair === undefined ? createServer(listener) : createTlsServer(pair, listener);
  running.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
}

/** For `afterEach`. */
export async function closeStandIns(): Promise<void> {
  await Promise.all(
    running.splice(0).map(async (server) => {
      server.closeAllConnections();
      if (server.listening) await once(server.close(), 'close');
    }),
  );
}

/** All goes to `upstream`, except what `refuse` has answered. */
export function proxyTo(
  upstream: string,
  refuse: (...args: Parameters<RequestListener>) => boolean,
): RequestListener {
  return (incoming, response) => {
    if (refuse(incoming, response)) return;
    const { method, headers } = incoming;
    const onward = request(`${upstream}${incoming.url}`, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  };
}

export interface MemoryOptions {
  readonly deletes?: boolean;
  /** What comes back for what was pushed. */
  readonly damaged?: (content: Buffer) => Buffer;
  /** Pulls of content break off in the middle. */
  readonly breaksOff?: boolean;
  /** What stands before the path in the Location of an upload. */
  readonly uploadsAt?: string;
}

/** As much of a registry as a push, a pull and a delete need, without a login. */
export function memoryRegistry({
  deletes = true,
  damaged = (bytes) => bytes,
  breaksOff = false,
  uploadsAt = '',
}: MemoryOptions = {}): {
  readonly listener: RequestListener;
  readonly contents: Map<string, Buffer>;
} {
  const contents = new Map<string, Buffer>();
  const listener: RequestListener = async (incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://x');
    const body = Buffer.concat(await incoming.toArray());
    const digest = searchParams.get('digest') ?? pathname.split('/').at(-1) ?? '';
    const answers: Readonly<Record<string, () => [status: number, body?: Buffer]>> = {
      POST: () => [202],
      PUT: () => {
        if (digest !== digestOf(body)) return [400];
        contents.set(digest, body);
        return [201];
      },
      DELETE: () => {
        if (!deletes) return [405, Buffer.from('{"errors":[{"code":"UNSUPPORTED"}]}')];
        return [contents.delete(digest) ? 202 : 404];
      },
      GET: () => (pathname === '/v2/' ? [200] : [200, damaged(contents.get(digest) ?? Buffer.alloc(0))]),
    };
    const [status, content] = answers[incoming.method ?? '']?.() ?? [405];
    const location = incoming.method === 'POST' && { location: `${uploadsAt}${pathname}1` };
    response.writeHead(status, { ...location });
    if (!breaksOff || incoming.method !== 'GET' || content === undefined) response.end(content);
    else response.write(content, () => response.destroy());
  };
  return { listener, contents };
}
