// The listener's limits and its answers to what is no request; and how it ends.

import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { type Listening, listen } from '../src/http/listen.ts';
import { serverLimits } from '../src/limits.ts';
import { createLog } from '../src/log/log.ts';
import { ask, open, raw, readAll } from './client.ts';

let listening: Listening | undefined;

afterEach(async () => {
  await listening?.drain(0);
  listening = undefined;
});

const answerOk: RequestListener = (request, response) => {
  request.resume().on('end', () => response.end('ok'));
};

async function start(
  handler: RequestListener = answerOk,
  limits: Parameters<typeof listen>[0]['limits'] = {},
) {
  listening = await listen({
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    addressIsSetBy: '--addr',
    tls: undefined,
    handler,
    tellOfWrongProtocol: () => undefined,
    log: createLog({ level: 'error', format: 'text', write: () => undefined }),
    limits,
  });
  return listening;
}

function errorOf(answer: string): { code: string; message: string } {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).errors[0];
}

test.each<[string, string, number, string]>([
  [
    'both lengths',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
    'SIZE_INVALID',
  ],
  [
    'the lengths the other way round',
    'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n',
    400,
    'SIZE_INVALID',
  ],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
    400,
    'SIZE_INVALID',
  ],
  [
    'a length that is no number',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
    400,
    'SIZE_INVALID',
  ],
  ['no HTTP', 'hello\r\n\r\n', 400, 'UNSUPPORTED'],
  ['a TLS handshake', '\u0016\u0003\u0001\u0002', 400, 'UNSUPPORTED'],
  [
    'a chunk that is none',
    'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    400,
    'UNSUPPORTED',
  ],
  ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`, 431, 'UNSUPPORTED'],
])(
  '%s is answered in the error JSON of the spec, and the connection closes',
  async (_, bytes, status, code) => {
    const { url } = await start();
    const answer = await raw(url, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(errorOf(answer).code).toBe(code);
  },
);

test('an answer that has begun is not spoilt by what the client sends then', async () => {
  const { url } = await start((_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('begun');
  });
  const socket = await open(url);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [begun] = await once(socket, 'data');
  socket.write('nonsense\r\n\r\n');
  expect(`${begun}${await readAll(socket)}`).not.toContain('400 Bad Request');
});

test('two hundred connections that send nothing hinder nobody, and are dropped', async () => {
  const { url } = await start(answerOk, { headersTimeoutMs: 1000, connectionsCheckIntervalMs: 100 });
  const silent = await Promise.all(Array.from({ length: 200 }, () => open(url)));
  expect((await ask(url)).text).toBe('ok');
  const answers = await Promise.all(silent.map(readAll));
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test('headers that come drop by drop do not hold a connection', async () => {
  const { url } = await start(answerOk, { headersTimeoutMs: 300, connectionsCheckIntervalMs: 50 });
  const socket = await open(url);
  const drip = setInterval(() => socket.write('X: y\r\n'), 20);
  socket.write('GET / HTTP/1.1\r\n');
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 408 /);
  clearInterval(drip);
});

test('a request may take longer than its headers may', async () => {
  const { url } = await start(answerOk, { headersTimeoutMs: 200, connectionsCheckIntervalMs: 20 });
  const socket = await open(url);
  socket.write('PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 30\r\n\r\n');
  let left = 30;
  const drip = setInterval(() => {
    socket.write('x');
    left -= 1;
    if (left === 0) clearInterval(drip);
  }, 20);
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 200 /);
});

test('no limit of Node ends a long transfer', () => {
  expect(serverLimits.requestTimeoutMs).toBe(0);
});

test('more connections than the limit are closed at once', async () => {
  const { url } = await start(answerOk, { maxConnections: 2 });
  const kept = [await open(url), await open(url)];
  const refused = await open(url);
  expect(await readAll(refused)).toBe('');
  for (const socket of kept) expect(socket.destroyed).toBe(false);
  for (const socket of kept) socket.destroy();
});

describe('a drain', () => {
  test('lets a running request finish, closes those without one, and takes no new ones', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const { url, drain } = await start((request, response) => {
      if (request.url === '/slow') void held.then(() => response.end('finished'));
      else response.end('ok');
    });
    const silent = await open(url);
    const halfHead = await open(url);
    halfHead.write('GET / HTTP/1.1\r\n');
    const idle = await open(url);
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle, 'data');
    const slow = await open(url);
    slow.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await ask(url);
    const drained = drain(600_000);
    await Promise.all([silent, halfHead, idle].map(readAll));
    await expect(open(url)).rejects.toThrow('ECONNREFUSED');
    const answer = readAll(slow);
    letGo();
    expect(await answer).toMatch(/finished/);
    await drained;
  });

  test('cuts what takes longer than it may', async () => {
    const { url, drain } = await start((_request, response) => {
      response.writeHead(200);
      response.write('begun');
    });
    const socket = await open(url);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    await drain(50);
    await readAll(socket);
  });
});
