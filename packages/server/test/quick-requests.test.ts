// Requests that are answered before node:http sees them: they must not be told from the others, and nothing but a
// request may be taken for one.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import {
  type AccessGate,
  createRegistry,
  filesystemDriver,
  openAccess,
  type Registry,
  type RegistryEvent,
} from '@berth/registry';
import { drainable } from '../src/http/drain.ts';
import { answerQuickly } from '../src/http/quick-requests.ts';
import { createLog } from '../src/log/log.ts';
import { cleanUp, folder } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import { digestOf } from './client.ts';
import { headOf, Wire, withoutDate } from './wire.ts';

const CONFIG = '{}';
const SMALL = 'a small blob';
const MEDIUM = 'm'.repeat(64 * 1024);
const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';

interface Place {
  readonly server: Server;
  readonly registry: Registry;
  readonly directory: string;
  /** The lines that were answered quickly, in their order. */
  readonly answered: string[];
  readonly events: RegistryEvent[];
  /** Of the server, in the order in which they came. */
  readonly sockets: Socket[];
  readonly drain: (timeoutMs: number) => Promise<void>;
}

interface PlaceOptions {
  readonly directory?: string;
  readonly access?: AccessGate;
  readonly headers?: Readonly<Record<string, string>>;
  readonly wrap?: (listener: RequestListener) => RequestListener;
  readonly tls?: { readonly cert: string; readonly key: string };
}

const log = createLog({ level: 'error', format: 'text', write: () => undefined });
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await cleanUp();
});

async function open(options: PlaceOptions = {}): Promise<Place> {
  const directory = options.directory ?? (await folder());
  const events: RegistryEvent[] = [];
  const registry = createRegistry({
    driver: filesystemDriver({ rootDirectory: directory }),
    access: options.access ?? openAccess(),
    onEvent: (event) => events.push(event),
  });
  const listener = options.wrap?.(registry.listener) ?? registry.listener;
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  servers.push(server);
  const drain = drainable(server, log);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const answered: string[] = [];
  const { quickListener } = registry;
  if (quickListener === undefined) throw new Error('the tests need a local filesystem');
  answerQuickly(server, {
    headers: options.headers ?? {},
    tokens: undefined,
    registry: (line, request, reply) => {
      const isAnswered = quickListener(line, request, reply);
      if (isAnswered) answered.push(line);
      return isAnswered;
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, registry, directory, answered, events, sockets, drain };
}

const portOf = ({ server }: Place): number => (server.address() as AddressInfo).port;

const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_IMAGE,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(CONFIG), size: 2 },
  layers: [],
});
const OTHER_MANIFEST = JSON.stringify({ ...JSON.parse(MANIFEST), annotations: { which: 'other' } });

async function send(place: Place, method: string, path: string, body: string, type = OCI_IMAGE) {
  const answer = await fetch(`http://127.0.0.1:${portOf(place)}${path}`, {
    method,
    body,
    headers: { 'content-type': type },
  });
  await answer.arrayBuffer();
  expect(answer.status).toBe(201);
}

async function fill(place: Place): Promise<void> {
  for (const blob of [CONFIG, SMALL, MEDIUM]) {
    const path = `/v2/a/b/blobs/uploads/?digest=${digestOf(blob)}`;
    await send(place, 'POST', path, blob, 'application/octet-stream');
  }
  await send(place, 'PUT', '/v2/a/b/manifests/1.0', MANIFEST);
}

/** A place with an image in it, and a connection to it on which a manifest was asked for once. */
async function openFilled(options?: PlaceOptions): Promise<Place & { readonly wire: Wire }> {
  const place = await open(options);
  await fill(place);
  const wire = await Wire.to(portOf(place));
  await wire.ask(headOf(BY_TAG));
  return { ...place, wire };
}

const BY_TAG = 'GET /v2/a/b/manifests/1.0';
const MEDIUM_BLOB = `GET /v2/a/b/blobs/${digestOf(MEDIUM)}`;

describe('an answer is the same whoever gives it:', () => {
  test.each<[string, string, readonly string[], number]>([
    ['a manifest by its tag', BY_TAG, [], 200],
    ['a manifest by its digest', `GET /v2/a/b/manifests/${digestOf(MANIFEST)}`, [], 200],
    ['the head of a manifest', 'HEAD /v2/a/b/manifests/1.0', [], 200],
    ['a manifest that the client has', BY_TAG, [`If-None-Match: "${digestOf(MANIFEST)}"`], 304],
    ['a tag that is not there', 'GET /v2/a/b/manifests/2.0', [], 404],
    ['the head of a manifest that is not there', 'HEAD /v2/a/b/manifests/2.0', [], 404],
    ['a small blob', `GET /v2/a/b/blobs/${digestOf(SMALL)}`, [], 200],
    ['a blob of 64 KiB', `GET /v2/a/b/blobs/${digestOf(MEDIUM)}`, [], 200],
    ['a blob that the client has', `GET /v2/a/b/blobs/${digestOf(SMALL)}`, ['If-None-Match: *'], 304],
    ['the head of a blob', `HEAD /v2/a/b/blobs/${digestOf(SMALL)}`, [], 200],
    ['a blob that is not there', `GET /v2/a/b/blobs/${digestOf('nowhere')}`, [], 404],
    ['the head of a blob that is not there', `HEAD /v2/a/b/blobs/${digestOf('nowhere')}`, [], 404],
    ['a blob of another repository', `HEAD /v2/other/blobs/${digestOf(SMALL)}`, [], 404],
  ])('%s', async (_, line, headers, status) => {
    const { wire, answered } = await openFilled();
    const parsed = await wire.ask(headOf(line, 'User-Agent: first', ...headers));
    const quick = await wire.ask(headOf(line, 'User-Agent: first', ...headers));
    expect(answered).toEqual([line]);
    expect(quick.status).toBe(status);
    expect({ ...quick, head: withoutDate(quick.head) }).toEqual({
      ...parsed,
      head: withoutDate(parsed.head),
    });
  });

  test('also as an event', async () => {
    const { wire, events } = await openFilled();
    const line = `GET /v2/a/b/blobs/${digestOf(SMALL)}`;
    await wire.ask(headOf(line, 'User-Agent: someone/1'));
    await wire.ask(headOf(line, 'User-Agent: someone/1'));
    await wire.ask(headOf('HEAD /v2/a/b/manifests/2.0', 'User-Agent: someone/1'));
    await wire.ask(headOf('HEAD /v2/a/b/manifests/2.0', 'User-Agent: someone/1'));
    const [parsed, quick, parsedMissing, quickMissing] = events
      .slice(-4)
      .map((event) => ({ ...event, requestId: '', durationMs: 0 }));
    expect(quick).toEqual(parsed);
    expect(quickMissing).toEqual(parsedMissing);
    expect(new Set(events.map(({ requestId }) => requestId)).size).toBe(events.length);
  });

  test('with the headers that every answer of the server has', async () => {
    const { wire, answered } = await openFilled({ headers: { 'Strict-Transport-Security': 'max-age=1' } });
    expect((await wire.ask(headOf(BY_TAG))).head).toContain('\r\nStrict-Transport-Security: max-age=1\r\n');
    expect(answered).toHaveLength(1);
  });

  test('to a client of HTTP/1.0 that keeps its connection', async () => {
    const { wire, answered } = await openFilled();
    const head = `${BY_TAG} HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: x\r\n\r\n`;
    const [parsed, quick] = [await wire.ask(head), await wire.ask(head)];
    expect(answered).toHaveLength(1);
    expect(withoutDate(quick.head)).toBe(withoutDate(parsed.head));
  });

  test('over TLS', async () => {
    const pair = await writeKeyPair(await folder());
    const [cert, key] = await Promise.all([pair.certificate, pair.key].map((file) => readFile(file, 'utf8')));
    const plain = await openFilled();
    const place = await open({ directory: plain.directory, tls: { cert: cert ?? '', key: key ?? '' } });
    const socket = connectTls({ port: portOf(place), host: 'localhost', ca: cert });
    await once(socket, 'secureConnect');
    const wire = new Wire(socket);
    await wire.ask(headOf(BY_TAG));
    expect((await wire.ask(headOf(BY_TAG))).body).toBe(MANIFEST);
    expect(place.answered).toHaveLength(1);
  });
});

describe('what is on the disk counts, whoever put it there:', () => {
  test('a tag that another process moved', async () => {
    const place = await openFilled();
    const other = await open({ directory: place.directory });
    for (const [manifest, tag] of [
      [OTHER_MANIFEST, '1.0'],
      [MANIFEST, '1.0'],
      [OTHER_MANIFEST, '1.0'],
    ] as const) {
      await send(other, 'PUT', `/v2/a/b/manifests/${tag}`, manifest);
      expect((await place.wire.ask(headOf(BY_TAG))).body).toBe(manifest);
    }
  });

  test('a manifest and a blob that another process removed', async () => {
    const place = await openFilled();
    const other = await open({ directory: place.directory });
    const blob = `GET /v2/a/b/blobs/${digestOf(SMALL)}`;
    expect((await place.wire.ask(headOf(blob))).status).toBe(200);
    for (const path of [`manifests/${digestOf(MANIFEST)}`, `blobs/${digestOf(SMALL)}`]) {
      await fetch(`http://127.0.0.1:${portOf(other)}/v2/a/b/${path}`, { method: 'DELETE' });
    }
    expect((await place.wire.ask(headOf(BY_TAG))).status).toBe(404);
    expect((await place.wire.ask(headOf(blob))).status).toBe(404);
    expect(place.answered).toHaveLength(3);
  });
});

describe('only a request is taken for one:', () => {
  test('not the body of another, though its bytes are the same', async () => {
    const { wire, answered } = await openFilled();
    const head = headOf(BY_TAG);
    wire.socket.write(
      headOf('PUT /v2/a/b/manifests/2.0', `Content-Type: ${OCI_IMAGE}`, `Content-Length: ${head.length}`),
    );
    wire.socket.write(head);
    expect((await wire.reply()).status).toBe(400);
    expect((await wire.ask(head)).body).toBe(MANIFEST);
    expect(answered).toEqual([]);
  });

  test('not a chunk of a body', async () => {
    const { wire, answered } = await openFilled();
    const head = headOf(BY_TAG);
    wire.socket.write(
      headOf('PUT /v2/a/b/manifests/2.0', `Content-Type: ${OCI_IMAGE}`, 'Transfer-Encoding: chunked'),
    );
    wire.socket.write(`${head.length.toString(16)}\r\n`);
    wire.socket.write(head);
    wire.socket.write('\r\n0\r\n\r\n');
    expect((await wire.reply()).status).toBe(400);
    expect(answered).toEqual([]);
  });

  test('not the rest of a head', async () => {
    const { wire, answered } = await openFilled();
    wire.socket.write('GET /v2/ HTTP/1.1\r\nHost: y\r\nX-Rest: ');
    expect((await wire.ask(headOf(BY_TAG))).body).toBe('{}\n');
    expect(answered).toEqual([]);
  });

  test('not a part of a pipeline, whose answers keep their order', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const wrap =
      (listener: RequestListener): RequestListener =>
      (request, response) =>
        void (request.headers['x-slow'] === undefined ? Promise.resolve() : held).then(() =>
          listener(request, response),
        );
    const { wire, answered } = await openFilled({ wrap });
    wire.socket.write(headOf('GET /v2/', 'X-Slow: yes'));
    wire.socket.write(headOf(BY_TAG));
    letGo();
    expect((await wire.reply()).body).toBe('{}\n');
    expect((await wire.reply()).body).toBe(MANIFEST);
    wire.socket.write(headOf(BY_TAG) + headOf('GET /v2/a/b/manifests/2.0'));
    expect((await wire.reply()).body).toBe(MANIFEST);
    expect((await wire.reply()).status).toBe(404);
    expect(answered).toEqual([]);
  });

  test('not a head that Node would refuse', async () => {
    const { wire, answered } = await openFilled();
    expect((await wire.ask(headOf(BY_TAG).replace('Host: x', 'Host : x'))).status).toBe(400);
    await wire.closed();
    expect(answered).toEqual([]);
  });

  test.each([
    ['asks for the end of the connection', 'Connection: close'],
    ['has an empty body', 'Content-Length: 0'],
    ['brings a password', `Authorization: Basic ${Buffer.from('a:b').toString('base64')}`],
  ])('not one that %s, which is always parsed', async (_, header) => {
    const place = await openFilled();
    for (let time = 0; time < 3; time += 1) {
      const wire = await Wire.to(portOf(place));
      await wire.ask(headOf(BY_TAG, header));
      if (header !== 'Connection: close') await wire.ask(headOf(BY_TAG, header));
      wire.socket.destroy();
    }
    expect(place.answered).toEqual([]);
  });

  test('and a first request is parsed, so that a connection that sends none is noticed', async () => {
    const place = await openFilled();
    const wire = await Wire.to(portOf(place));
    await wire.ask(headOf(BY_TAG));
    expect(place.answered).toEqual([]);
    await wire.ask(headOf(BY_TAG));
    expect(place.answered).toEqual([BY_TAG]);
  });
});

test('a credential that is no longer good is refused at the next request', async () => {
  const open = openAccess();
  let isGood = true;
  const access: AccessGate = {
    ...open,
    recall: (request, needs) => (isGood ? open.recall?.(request, needs) : undefined),
    authorize: (request, needs) => {
      if (!isGood) throw open.challenge(request, needs, { ...NOBODY });
      return open.authorize(request, needs);
    },
  };
  const { wire, answered } = await openFilled({ access });
  expect((await wire.ask(headOf(BY_TAG))).status).toBe(200);
  isGood = false;
  expect((await wire.ask(headOf(BY_TAG))).status).toBe(401);
  expect(answered).toEqual([BY_TAG]);
});

const NOBODY = {
  account: '',
  holds: [],
  allows: () => false,
  asked: () => false,
  mayPull: undefined,
};

/** Asks for a blob again and again and reads nothing, until an answer waits in the server; how often it asked. */
async function fillUp({ wire, sockets, events }: Place & { readonly wire: Wire }): Promise<number> {
  await wire.ask(headOf(MEDIUM_BLOB));
  wire.socket.pause();
  const [socket] = sockets.slice(-1);
  const before = events.length;
  let asked = 0;
  do {
    wire.socket.write(headOf(MEDIUM_BLOB));
    asked += 1;
    while (events.length < before + asked) await nextTurn();
  } while (socket?.writableLength === 0);
  return asked;
}

test('no answer is made in advance for a client that does not take those it has', async () => {
  const place = await openFilled();
  const asked = await fillUp(place);
  const [quick, all] = [place.answered.length, place.events.length];
  place.wire.socket.write(headOf(MEDIUM_BLOB));
  while (place.events.length === all) await nextTurn();
  expect(place.answered).toHaveLength(quick);
  place.wire.socket.resume();
  for (let reply = 0; reply <= asked; reply += 1) expect((await place.wire.reply()).body).toBe(MEDIUM);
});

describe('a drain', () => {
  test('closes a connection whose last request was answered quickly', async () => {
    const place = await openFilled();
    await place.wire.ask(headOf(BY_TAG));
    const drained = place.drain(600_000);
    await place.wire.closed();
    await drained;
    expect(place.answered).toHaveLength(1);
  });

  test('waits for a client that is slow to take its answer', async () => {
    const place = await openFilled();
    const asked = await fillUp(place);
    const drained = place.drain(600_000);
    place.wire.socket.resume();
    for (let reply = 0; reply < asked; reply += 1) expect((await place.wire.reply()).body).toBe(MEDIUM);
    await drained;
  });
});

test('a body comes whole where Node’s parser gets its connection back, and where that cannot be', async () => {
  const place = await openFilled();
  const layer = 'x'.repeat(300_000);
  for (const isAsExpected of [true, false]) {
    const wire = await Wire.to(portOf(place));
    await wire.ask(headOf(BY_TAG));
    await wire.ask(headOf(BY_TAG));
    const [socket] = place.sockets.slice(-1);
    // Somebody else has changed what the connection is made of.
    if (!isAsExpected) socket?.on('pause', () => {});
    for (const round of ['first', 'second']) {
      const body = `${layer}${round}${isAsExpected}`;
      const path = `/v2/a/b/blobs/uploads/?digest=${digestOf(body)}`;
      wire.socket.write(
        headOf(`POST ${path}`, 'Content-Type: application/octet-stream', `Content-Length: ${body.length}`),
      );
      wire.socket.write(body);
      expect((await wire.reply()).status).toBe(201);
      expect((await wire.ask(headOf(`GET /v2/a/b/blobs/${digestOf(body)}`))).body).toBe(body);
    }
    expect((await wire.ask(headOf(BY_TAG))).body).toBe(MANIFEST);
    wire.socket.destroy();
  }
});
