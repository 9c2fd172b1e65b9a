import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { dispatcher, hstsHeaders } from './dispatch.ts';

const answering =
  (name: string): RequestListener =>
  (request, response) =>
    void response.end(`${name} ${request.url}`);

const tokens = { tokenPaths: new Set(['/auth', '/p/token']), tokenListener: answering('tokens') };

/** What a server says to a request with this target, head and all. */
async function answerTo(target: string, more = '', hsts = false): Promise<string> {
  const app = answering('app');
  const handler = dispatcher({ registry: answering('registry'), tokens, app, headers: hstsHeaders(hsts) });
  const server = createServer(handler).on('checkContinue', handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`);
  const answer = await text(socket);
  server.close();
  return answer;
}

test.each([
  ['/v2/', 'registry /v2/'],
  ['/v2', 'registry /v2'],
  ['/v2?n=1', 'registry /v2?n=1'],
  ['/v22', 'app /v22'],
  ['/upload/a/b:1', 'registry /upload/a/b:1'],
  ['/download/a/b:1?platform=x', 'registry /download/a/b:1?platform=x'],
  ['/uploads/a', 'app /uploads/a'],
  ['/download', 'app /download'],
  ['/auth', 'tokens /auth'],
  ['/auth?service=r', 'tokens /auth?service=r'],
  ['/auth?/v2/', 'tokens /auth?/v2/'],
  ['/p/token', 'tokens /p/token'],
  ['http://registry.example/auth?service=r', 'tokens /auth?service=r'],
  ['/auth/', 'app /auth/'],
  ['/AUTH', 'app /AUTH'],
  ['/auth/jwks.json', 'app /auth/jwks.json'],
  ['/', 'app /'],
])('%s is answered by the one whose path it is', async (target, expected) => {
  expect((await answerTo(target)).split('\r\n').slice(-4)).toContain(expected);
});

test.each(['/auth', '/'])('Expect: 100-continue is met at %s', async (target) => {
  const answer = await answerTo(target, 'Expect: 100-continue\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
});

test.each(['/auth', '/v2/', '/'])(
  'Strict-Transport-Security is sent at %s where it is asked for',
  async (target) => {
    expect(await answerTo(target, '', true)).toMatch(/^Strict-Transport-Security: max-age=63072000/m);
    expect(await answerTo(target)).not.toMatch(/^Strict-Transport-Security/m);
  },
);
