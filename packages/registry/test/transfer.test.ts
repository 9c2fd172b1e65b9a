/** What a long body meets on its way that no client sees: a connection or a kernel that can't do everything. */

import { once } from 'node:events';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import {
  type Content,
  createRegistry,
  type Driver,
  filesystemDriver,
  openAccess,
  type RegistryEvent,
} from '../src/index.ts';
import { makeCertificate } from './access-certificates.ts';
import { type Content as Blob, freshBlob } from './api/content.ts';
import { withCalls } from './api/drivers.ts';
import { eventLog } from './api/event-log.ts';
import { head } from './api/wire.ts';

const MIB = 1024 * 1024;
const NAME = 'a/b';

type Sendfile = NonNullable<Content['sendfile']>;
/** Stands in for the ability; `real` is the disk's own, where there is one. */
type Instead = (real: Sendfile | undefined) => Sendfile | undefined;

/** How often the ability was asked, what it sent, and what was read. */
interface Counts {
  asked: number;
  sentBytes: number;
  readBytes: number;
  /** The largest piece that was asked for at once. */
  mostBytes: number;
}

let folder: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-transfer-'));
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
  await rm(folder, { recursive: true });
});

function counted(driver: Driver, counts: Counts, { instead = (real) => real, afterOpen }: Stage): Driver {
  return withCalls(driver, {
    open: async (path) => {
      const content = await driver.open(path);
      await afterOpen?.(join(folder, path));
      const ability = instead(content.sendfile);
      const sendfile: Sendfile | undefined =
        ability &&
        ((...args) => {
          counts.asked += 1;
          const sent = ability(...args);
          if (typeof sent === 'number') counts.sentBytes += sent;
          return sent;
        });
      const read: Content['read'] = async (target, offset) => {
        const count = await content.read(target, offset);
        counts.mostBytes = Math.max(counts.mostBytes, target.byteLength);
        counts.readBytes += count;
        return count;
      };
      return { ...content, read, sendfile };
    },
  });
}

interface Stage {
  readonly instead?: Instead;
  readonly idleMs?: number;
  /** Comes before the registry. */
  readonly before?: (...args: Parameters<RequestListener>) => void;
  readonly makeServer?: (listener: RequestListener) => Server;
  /** What is pushed, before it is asked for. */
  readonly sizeBytes?: number;
  readonly onEvent?: (event: RegistryEvent) => void;
  /** Happens to the blob's file after it is opened: its size is known then. */
  readonly afterOpen?: (file: string) => Promise<void>;
}

interface Staged {
  readonly blob: Blob;
  readonly path: string;
  readonly counts: Counts;
  readonly server: Server;
}

/** A server with one blob; where it listens is for the test to say. */
async function stage(options: Stage = {}): Promise<Staged> {
  const counts: Counts = { asked: 0, sentBytes: 0, readBytes: 0, mostBytes: 0 };
  const driver = filesystemDriver({ rootDirectory: folder, durability: 'relaxed' });
  const registry = createRegistry({
    driver: counted(driver, counts, options),
    access: openAccess(),
    ...(options.idleMs !== undefined && { limits: { idleMs: options.idleMs } }),
    ...(options.onEvent && { onEvent: options.onEvent }),
  });
  const blob = freshBlob(options.sizeBytes ?? 4 * MIB + 7);
  await push(createServer(registry.listener), blob);
  const listener: RequestListener = (request, response) => {
    options.before?.(request, response);
    registry.listener(request, response);
  };
  const server = (options.makeServer ?? createServer)(listener);
  servers.push(server);
  return { blob, counts, server, path: `/v2/${NAME}/blobs/${blob.digest}` };
}

async function push(server: Server, { bytes, digest }: Blob): Promise<void> {
  servers.push(server);
  const address = `http://127.0.0.1:${await listen(server)}`;
  const reply = await fetch(`${address}/v2/${NAME}/blobs/uploads/?digest=${digest}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(bytes),
  });
  expect(reply.status).toBe(201);
}

async function listen(server: Server, path?: string): Promise<number> {
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Asks for the blob, and all that comes up to the end of the connection, without the head. */
async function bodyOver(socket: Socket, path: string): Promise<Buffer> {
  socket.write(head('GET', path, 'Connection: close'));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  socket.on('error', () => {});
  await once(socket, 'close');
  const all = Buffer.concat(chunks);
  return all.subarray(all.indexOf('\r\n\r\n') + 4);
}

async function bodyFrom({ server, path }: Staged): Promise<Buffer> {
  return bodyOver(createConnection(await listen(server), '127.0.0.1'), path);
}

describe('a body that goes within the kernel', () => {
  test('does not come through the process, but for its beginning and where the client is slow', async () => {
    const staged = await stage();
    expect((await bodyFrom(staged)).equals(staged.blob.bytes)).toBe(true);
    const { asked, sentBytes, readBytes } = staged.counts;
    expect(sentBytes + readBytes).toBe(staged.blob.bytes.byteLength);
    if (asked > 0) expect(sentBytes).toBeGreaterThan(readBytes);
  });

  test('goes over a Unix socket as over TCP', async () => {
    const staged = await stage();
    const path = join(folder, 'socket');
    await listen(staged.server, path);
    const body = await bodyOver(createConnection(path), staged.path);
    expect(body.equals(staged.blob.bytes)).toBe(true);
  });

  test('is not cut while it moves, though Node sees nothing of it', async () => {
    const log = eventLog();
    const dawdling: Instead = (real) =>
      real &&
      ((...args) => {
        const untilMs = performance.now() + 60;
        while (performance.now() < untilMs);
        return real(...args);
      });
    const staged = await stage({
      instead: dawdling,
      idleMs: 150,
      sizeBytes: 6 * MIB,
      onEvent: log.onEvent,
    });
    expect((await bodyFrom(staged)).equals(staged.blob.bytes)).toBe(true);
    expect(await log.first(({ method }) => method === 'GET')).toMatchObject({ status: 200 });
  });

  test.each([true, false])(
    'of a file that was cut short ends the connection, and the event tells (with the ability: %s)',
    async (isAble) => {
      const log = eventLog();
      const staged = await stage({
        instead: (real) => (isAble ? real : undefined),
        onEvent: log.onEvent,
        afterOpen: (file) => truncate(file, 2 * MIB + 5),
      });
      const body = await bodyFrom(staged);
      expect(body.equals(staged.blob.bytes.subarray(0, body.byteLength))).toBe(true);
      expect(body.byteLength).toBeLessThanOrEqual(2 * MIB + 5);
      const { status, cause } = await log.first(({ method }) => method === 'GET');
      expect({ status, cause: String(cause) }).toEqual({
        status: 500,
        cause: `Error: a stored file ended at ${2 * MIB + 5} bytes while it was being read`,
      });
    },
  );
});

describe('a body that could go within the kernel', () => {
  const connections: readonly [string, Stage][] = [
    [
      'somebody wants to see',
      {
        before: (_request, response) => {
          const { write } = response;
          response.write = (...args: unknown[]) => Reflect.apply(write, response, args);
        },
      },
    ],
    [
      'Node counts',
      {
        before: (_request, response) => {
          response.strictContentLength = true;
        },
      },
    ],
  ];

  test.each(connections)('goes by Node where %s its bytes', async (_, options) => {
    const staged = await stage(options);
    expect((await bodyFrom(staged)).equals(staged.blob.bytes)).toBe(true);
    expect(staged.counts).toEqual({
      asked: 0,
      sentBytes: 0,
      readBytes: staged.blob.bytes.byteLength,
      mostBytes: MIB / 2,
    });
  });

  test('goes by Node over TLS', async () => {
    const { pem, privateKey } = await makeCertificate({ name: 'localhost' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const staged = await stage({
      makeServer: (listener) => createTlsServer({ cert: pem, key }, listener),
    });
    const port = await listen(staged.server);
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    expect((await bodyOver(socket, staged.path)).equals(staged.blob.bytes)).toBe(true);
    expect(staged.counts).toEqual({
      asked: 0,
      sentBytes: 0,
      readBytes: staged.blob.bytes.byteLength,
      mostBytes: MIB / 2,
    });
  });

  test('goes by the buffers to its end where the kernel always refuses, and is soon not asked again', async () => {
    const staged = await stage({ instead: () => () => 'refused', sizeBytes: 16 * MIB });
    expect((await bodyFrom(staged)).equals(staged.blob.bytes)).toBe(true);
    expect(staged.counts.asked).toBeLessThanOrEqual(64);
  });

  test('goes by the buffers where the disk has to be waited for, and by the kernel after that', async () => {
    let turn = 0;
    const staged = await stage({
      instead: (real) => real && ((...args) => (turn++ % 2 === 0 ? 'cold' : real(...args))),
      sizeBytes: 16 * MIB,
    });
    expect((await bodyFrom(staged)).equals(staged.blob.bytes)).toBe(true);
    if (staged.counts.asked > 0) expect(staged.counts.sentBytes).toBeGreaterThan(MIB);
  });
});
