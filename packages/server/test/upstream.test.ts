// auth.token.upstream: a registry that has another server give out tokens at its own address.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
} from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { parseRegistryFile } from '../src/config/registry-file.ts';
import { StartError } from '../src/errors.ts';
import { trustedProxies } from '../src/http/trusted-proxies.ts';
import { serverLimits } from '../src/limits.ts';
import type { RequestLine } from '../src/log/format.ts';
import { createLog } from '../src/log/log.ts';
import { createUpstream, type UpstreamLimits } from '../src/upstream/ask-upstream.ts';
import { tokenUpstream } from '../src/upstream/token-upstream.ts';
import { type Berth, berth, cleanUp, folder, type StartOptions } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import { answerOf, ask, bearer, digestOf, open, raw } from './client.ts';
import { authority, signedBy } from './made-certificates.ts';
import { closeStandIns, standIn } from './stand-ins.ts';

const sockets: Server[] = [];

afterEach(cleanUp);
afterEach(closeStandIns);
afterEach(() => {
  for (const server of sockets.splice(0)) server.close();
});

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A token server that remembers what it was asked. */
async function tokenServer(
  answer: RequestListener = (_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"token":"t"}');
  },
): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const url = await standIn(async (request, response) => {
    const { method, headers } = request;
    const body = Buffer.concat(await request.toArray()).toString();
    heard.push({ method, url: request.url, headers, body });
    answer(request, response);
  });
  return { url: `${url}/auth`, heard };
}

interface Registry {
  readonly one: Berth;
  readonly url: string;
}

/** @param more keys of auth.token @param top keys of the file */
async function registryBefore(
  upstream: string,
  more = '',
  top = '',
  options?: StartOptions,
): Promise<Registry> {
  const one = berth(['registry', await configFile(upstream, more, top)], options);
  return { one, url: await one.url() };
}

async function configFile(upstream: string, more = '', top = ''): Promise<string> {
  const directory = await folder();
  const { certificate } = await writeKeyPair(directory, 'auth');
  const file = join(directory, 'config.yml');
  const token = `service: s, issuer: Acme, rootcertbundle: ${certificate}, autoredirect: true, upstream: "${upstream}"`;
  await writeFile(
    file,
    `version: 0.1
storage: {inmemory: }
http: {addr: "127.0.0.1:0"}
auth: {token: {${token}${more}}}
${top}`,
  );
  return file;
}

interface Fronted {
  readonly url: string;
  /** The first line of a request. */
  readonly line: Promise<RequestLine>;
}

/** The part of the registry that passes requests on alone, in this process, with what it logs. */
async function fronted(
  upstream: string,
  limits: Partial<Record<keyof UpstreamLimits, number>> = {},
): Promise<Fronted> {
  const settings = { url: upstream, ca: undefined };
  const { promise: line, resolve: tell } = Promise.withResolvers<RequestLine>();
  const log = createLog({ level: 'info', format: 'text', write: () => {} });
  const front = tokenUpstream({
    settings,
    path: '/auth/token',
    proxies: trustedProxies([]),
    log: { ...log, request: tell },
    upstream: createUpstream(settings, { ...serverLimits, ...limits }),
  });
  return { url: await standIn(front.tokenListener), line };
}

const basic = { authorization: `Basic ${btoa('alice:s3cret')}` };

describe('what a client asks at autoredirectpath', () => {
  test('comes to the token server as it was asked, and what that answers goes back', async () => {
    const { url: upstream, heard } = await tokenServer((_request, response) => {
      response.writeHead(200, ['X-Own', 'a', 'X-Own', 'b', 'X-Hop', 'c', 'Connection', 'X-Hop']);
      response.end('{"token":"abc"}');
    });
    const { url } = await registryBefore(upstream);
    const challenge = (await ask(`${url}/v2/`)).headers['www-authenticate'] ?? '';
    expect(challenge).toContain(`realm="${url}/auth/token"`);
    const query = '?service=s&scope=repository%3Aa%2Fb:pull,push&scope=x+y&account=alice';
    const headers = { ...basic, 'user-agent': 'docker/1', cookie: 'no', te: 'trailers' };
    const answer = await ask(`${url}/auth/token${query}`, { headers });
    expect(answer).toMatchObject({ status: 200, text: '{"token":"abc"}' });
    expect(answer.headers).toMatchObject({ 'x-own': 'a, b', 'content-length': '15' });
    expect(answer.headers).not.toHaveProperty('x-hop');
    expect(heard).toEqual([expect.objectContaining({ method: 'GET', url: `/auth${query}`, body: '' })]);
    expect(heard[0]?.headers).toMatchObject({ ...basic, 'user-agent': 'docker/1' });
    expect(heard[0]?.headers).not.toHaveProperty('cookie');
    expect(heard[0]?.headers.host).toBe(new URL(upstream).host);
  });

  test('may be a form, whose bytes are passed on, in one piece or in several', async () => {
    const { url: upstream, heard } = await tokenServer();
    const { url } = await registryBefore(upstream);
    const body = 'grant_type=password&service=s&username=a&password=%C3%A4+b';
    const headers = { 'content-type': 'application/x-www-form-urlencoded', expect: '100-continue' };
    expect((await ask(`${url}/auth/token?x=1`, { method: 'POST', headers, body })).status).toBe(200);
    const { expect: _, ...plain } = headers;
    const chunked = { ...plain, 'transfer-encoding': 'chunked' };
    expect((await ask(`${url}/auth/token`, { method: 'POST', headers: chunked, body })).status).toBe(200);
    expect(heard.map((one) => [one.method, one.url, one.body, one.headers['content-length']])).toEqual([
      ['POST', '/auth?x=1', body, String(body.length)],
      ['POST', '/auth', body, String(body.length)],
    ]);
  });

  test('is asked with GET or a form alone, and of a form no more than any token needs', async () => {
    const { url: upstream, heard } = await tokenServer();
    const { url } = await registryBefore(upstream);
    for (const method of ['HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask(`${url}/auth/token`, { method });
      expect([method, status, headers.allow]).toEqual([method, 405, 'GET, POST']);
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const large = await ask(`${url}/auth/token`, { method: 'POST', headers: form, body: 'x'.repeat(70_000) });
    expect(large.status).toBe(413);
    const json = { 'content-type': 'application/json' };
    expect((await ask(`${url}/auth/token`, { method: 'POST', headers: json, body: '{}' })).status).toBe(415);
    expect(JSON.parse(large.text).errors[0].message).toContain('larger than 65536 bytes');
    expect(heard).toEqual([]);
  });

  test('is the path alone: nothing else is passed on, whatever address a client writes', async () => {
    const { url: upstream, heard } = await tokenServer();
    const { url } = await registryBefore(upstream);
    for (const path of [
      '/auth',
      '/auth/token/',
      '/auth//token',
      '/auth%2Ftoken',
      '/auth/token/../x',
      '/AUTH/token',
    ]) {
      const { status } = await ask(url, { path });
      expect([path, status]).toEqual([path, 404]);
    }
    expect(heard).toEqual([]);
    const absolute =
      'GET http://evil.example/auth/token?a=1 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
    expect(await raw(url, absolute)).toContain('200 OK');
    expect(heard.map((one) => one.url)).toEqual(['/auth?a=1']);
  });

  test.each([
    [401, { 'www-authenticate': 'Basic realm="Acme"' }, 'Auth failed.\n'],
    [429, { 'retry-after': '7' }, '{"errors":[{"code":"TOOMANYREQUESTS"}]}'],
    [500, {}, 'Authentication failed (no LDAP)'],
    [204, {}, ''],
  ])('may be refused by the token server with %i, in its own words', async (status, headers, text) => {
    const { url: upstream } = await tokenServer((_request, response) => {
      response.writeHead(status, headers).end(text);
    });
    const { url } = await fronted(upstream);
    const answer = await ask(`${url}/auth/token`, { headers: basic });
    expect(answer).toMatchObject({ status, text });
    expect(answer.headers).toMatchObject(headers);
  });

  test("gets http.headers once, whatever the token server's are", async () => {
    const { url: upstream } = await tokenServer((_request, response) => {
      response.setHeader('Access-Control-Allow-Origin', 'https://other.example').end();
    });
    const { url } = await registryBefore(upstream, '', 'log: {level: info}\n', {
      env: { REGISTRY_HTTP_HEADERS: '{Access-Control-Allow-Origin: ["https://ui.example"]}' },
    });
    const { headers } = await ask(`${url}/auth/token`);
    expect(headers['access-control-allow-origin']).toBe('https://ui.example');
    expect((await ask(`${url}/auth/token`, { method: 'OPTIONS' })).status).toBe(204);
  });
});

describe('where a client is', () => {
  const forged = {
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'forged.example',
    'x-real-ip': '192.0.2.7',
    'cf-connecting-ip': '192.0.2.7',
    forwarded: 'for=192.0.2.7',
  };

  test('is told to the token server by the registry, and not by the client', async () => {
    const { url: upstream, heard } = await tokenServer();
    const { url } = await registryBefore(upstream, '', 'berth: {trustedproxies: [10.0.0.0/8]}\n');
    await ask(`${url}/auth/token`, { headers: { ...forged, host: 'registry.example:5000' } });
    const { via, ...headers } = heard[0]?.headers ?? {};
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'registry.example:5000',
    });
    expect(via).toMatch(/^1\.1 berth-/);
    expect(JSON.stringify(headers)).not.toContain('192.0.2.7');
  });

  test('is what a trusted proxy in front says, and nothing else that came along', async () => {
    const { url: upstream, heard } = await tokenServer();
    const { url } = await registryBefore(upstream);
    await ask(`${url}/auth/token`, { headers: { ...forged, 'x-forwarded-for': '10.9.9.9, 192.0.2.7' } });
    expect(heard[0]?.headers).toMatchObject({
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'forged.example',
    });
    expect(heard[0]?.headers).not.toHaveProperty('x-real-ip');
    expect(JSON.stringify(heard[0]?.headers)).not.toContain('10.9.9.9');
  });
});

interface Shown {
  readonly status: number;
  readonly statusMessage: string | undefined;
  readonly message: string;
}

/** What a client shows of an answer: its status line, or the first error in its body. */
async function shown(url: string): Promise<Shown> {
  const request = httpRequest(`${url}/auth/token?service=s`, { agent: false, headers: basic }).end();
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('no response');
  const { statusMessage } = response;
  const { status, text } = await answerOf(response);
  return { status, statusMessage, message: JSON.parse(text).errors[0].message };
}

/** Bytes to whoever connects, and what becomes of the connection. @returns host:port */
async function bytesServer(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  sockets.push(server);
  await once(server, 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** A port where nothing listens. */
async function deadAddress(): Promise<string> {
  const address = await bytesServer(() => undefined);
  const server = sockets.pop();
  server?.close();
  if (server?.listening) await once(server, 'close');
  return address;
}

describe('a token server that', () => {
  const lineOf = async ({ one }: Registry, status: number) =>
    (await one.said(new RegExp(`.*GET /auth/token ${status} .*\n`)))[0];

  test('is away is a 502 that says so, and one line of the log with its address', async () => {
    const upstream = `http://${await deadAddress()}/auth`;
    const registry = await registryBefore(upstream);
    const { status, statusMessage, message } = await shown(registry.url);
    expect(status).toBe(502);
    const words = 'the token server behind this registry refused the connection';
    expect(statusMessage).toBe(`Bad Gateway (${words})`);
    expect(message).toContain(words);
    expect(message).not.toContain(new URL(upstream).host);
    const line = await lineOf(registry, 502);
    expect(line).toMatch(/^\S+ error /);
    expect(line).toContain(`auth.token.upstream ${upstream} refused the connection`);
    const { stdout } = await registry.one.stop();
    expect(stdout.match(/refused the connection/g)).toHaveLength(1);
    expect(stdout).not.toContain(btoa('alice:s3cret'));
  });

  test('closes in the middle of its answer is a 502, and no half of a token', async () => {
    const { url: upstream } = await tokenServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"token":"ab', () => response.destroy());
    });
    const { url, line } = await fronted(upstream);
    const { status, message } = await shown(url);
    expect([status, message]).toEqual([
      502,
      expect.stringContaining('broke off in the middle of its answer'),
    ]);
    expect((await line).errorMessage).toContain(upstream);
  });

  test('has a certificate that nobody knows is a 502 that names the key, until upstreamca knows it', async () => {
    const made = await authority();
    const upstream = `${await standIn((_request, response) => response.end('{"token":"t"}'), await signedBy(made))}/auth`;
    const registry = await registryBefore(upstream);
    const { status, message } = await shown(registry.url);
    expect(status).toBe(502);
    expect(message).toContain('has a certificate that is not trusted here');
    expect(await lineOf(registry, 502)).toContain('auth.token.upstreamca (REGISTRY_AUTH_TOKEN_UPSTREAMCA)');
    const ca = join(await folder(), 'ca.pem');
    await writeFile(ca, made.pem);
    const knowing = await registryBefore(upstream, '', '', { env: { REGISTRY_AUTH_TOKEN_UPSTREAMCA: ca } });
    expect((await ask(`${knowing.url}/auth/token`)).status).toBe(200);
    const otherName = await registryBefore(upstream.replace('127.0.0.1', 'localhost'), `, upstreamca: ${ca}`);
    expect((await shown(otherName.url)).message).toContain('has a certificate for other names');
  });

  test('has no TLS where TLS is expected is a 502 that says so', async () => {
    const { url: upstream } = await tokenServer();
    const { url, line } = await fronted(upstream.replace('http:', 'https:'));
    expect((await shown(url)).message).toContain('speaks no TLS: HTTP, perhaps');
    expect((await line).errorMessage).toContain('Write http:// in auth.token.upstream');
  });

  test('speaks no HTTP is a 502 that says so', async () => {
    const upstream = await bytesServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-x\r\n'));
    const { url } = await fronted(`http://${upstream}/auth`);
    expect(await shown(url)).toMatchObject({
      status: 502,
      message: expect.stringContaining('speaks something that is not HTTP'),
    });
  });

  test('sends clients elsewhere is a 502: nobody is led past the registry', async () => {
    const { url: upstream } = await tokenServer((_request, response) => {
      response.writeHead(301, { location: 'https://auth:5001/auth?password=s3cret' }).end();
    });
    const { url, line } = await fronted(upstream);
    const { status, message } = await shown(url);
    expect([status, message]).toEqual([502, expect.stringContaining('answered 301, a redirect')]);
    const { errorMessage } = await line;
    expect(errorMessage).toContain('It leads to https://auth:5001/auth: ');
    expect(errorMessage).not.toContain('s3cret');
  });

  test('is the registry itself is a 508, however long the way back is', async () => {
    let back = '';
    const upstream = await standIn((request, response) => {
      const { via } = request.headers;
      const onward = httpRequest(`${back}/auth/token`, { headers: { ...(via && { via }) } });
      onward.once('response', (answer) => {
        response.writeHead(answer.statusCode ?? 500);
        answer.pipe(response);
      });
      onward.end();
    });
    const { url } = await fronted(`${upstream}/auth`);
    back = url;
    const { status, message } = await shown(url);
    expect([status, message]).toEqual([508, expect.stringContaining('sends requests back to this registry')]);
  });
});

describe('limits', () => {
  test('a token server that never answers is a 504', async () => {
    const { url: upstream } = await tokenServer(() => {});
    const { url, line } = await fronted(upstream, { upstreamAnswerMs: 50 });
    const { status, statusMessage, message } = await shown(url);
    expect([status, message]).toEqual([504, expect.stringMatching(/did not answer within 0\.05 s$/)]);
    expect(statusMessage).toMatch(/^Gateway Timeout \(/);
    expect(await line).toMatchObject({ status: 504, errorMessage: expect.stringContaining(upstream) });
  });

  test('one that begins to answer and stands still is a 504', async () => {
    const { url: upstream } = await tokenServer((_request, response) => void response.write('{'));
    const { url } = await fronted(upstream, { upstreamAnswerMs: 50 });
    expect((await shown(url)).status).toBe(504);
  });

  test('one that takes the connection and never shakes hands is a 504', async () => {
    const upstream = await bytesServer((socket) => void socket.on('error', () => {}));
    const { url } = await fronted(`https://${upstream}/auth`, { upstreamConnectMs: 50 });
    const { status, message } = await shown(url);
    expect([status, message]).toEqual([504, expect.stringContaining('did not take the connection within')]);
  });

  test('an answer beyond what tokens are is a 502', async () => {
    const { url: upstream } = await tokenServer((_request, response) => void response.end('x'.repeat(2000)));
    const { url } = await fronted(upstream, { upstreamAnswerBytes: 1000 });
    const { status, message } = await shown(url);
    expect([status, message]).toEqual([502, expect.stringContaining('more than 1000 bytes')]);
  });

  test('a client that goes away ends the request to the token server', async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const { promise: asked, resolve: hear } = Promise.withResolvers<void>();
    const upstream = await standIn((request, _response) => {
      request.socket.once('close', () => leave());
      hear();
    });
    const { url, line } = await fronted(`${upstream}/auth`);
    const socket = await open(url);
    socket.write('GET /auth/token HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked;
    socket.destroy();
    await left;
    expect(await line).toMatchObject({ status: 499, errorCode: undefined });
  });

  test('a connection is kept for the next GET; where it was closed meanwhile, the GET is asked on a new one', async () => {
    const ports: (number | undefined)[] = [];
    let isStale = false;
    const upstream = await bytesServer((socket) => {
      let count = 0;
      socket.on('error', () => {});
      socket.on('data', () => {
        count += 1;
        ports.push(socket.remotePort);
        if (isStale && count > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      });
    });
    const { url } = await fronted(`http://${upstream}/auth`);
    for (const _ of [1, 2]) expect((await ask(`${url}/auth/token`)).status).toBe(200);
    expect(new Set(ports).size).toBe(1);
    isStale = true;
    expect((await ask(`${url}/auth/token`)).status).toBe(200);
    expect(new Set(ports).size).toBe(2);
    expect(ports).toHaveLength(4);
  });

  test('a form is sent once, and never on a connection that was kept, which may be gone', async () => {
    const requests: string[] = [];
    const upstream = await bytesServer((socket) => {
      let count = 0;
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        count += 1;
        const [method = ''] = bytes.toString().split(' ');
        requests.push(`${method} ${count}`);
        if (method === 'GET') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
        else socket.resetAndDestroy();
      });
    });
    const { url } = await fronted(`http://${upstream}/auth`);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask(`${url}/auth/token`)).status).toBe(200);
    expect((await ask(`${url}/auth/token`, { method: 'POST', headers, body: 'a=1' })).status).toBe(502);
    expect(requests).toEqual(['GET 1', 'POST 1']);
  });
});

test('Berth’s own token server behind Berth’s registry: one address, with several workers and on a socket', async () => {
  const directory = await folder();
  const pair = await writeKeyPair(directory, 'auth');
  const authFile = join(directory, 'auth.yml');
  await writeFile(
    authFile,
    `server: {addr: "127.0.0.1:0", real_ip_header: X-Forwarded-For}
token: {issuer: Acme, expiration: 900, certificate: ${pair.certificate}, key: ${pair.key}}
users: {admin: {password: "${bcrypt.hashSync('secret', 4)}"}}
acl: [{match: {account: admin, ip: 127.0.0.1}, actions: ["*"]}]
`,
  );
  const auth = await berth(['auth', authFile, '--workers', '1']).url();
  const more = `, upstream: "${auth}/auth", rootcertbundle: ${pair.certificate}`;
  const file = join(directory, 'config.yml');
  const token = `service: s, issuer: Acme, autoredirect: true${more}`;
  const data = `storage: {filesystem: {rootdirectory: ${join(directory, 'data')}}}`;
  await writeFile(
    file,
    `version: 0.1\n${data}\nhttp: {addr: "127.0.0.1:0"}\nauth: {token: {${token}}}\nberth: {workers: 2}\n`,
  );
  const one = berth(['registry', file]);
  const url = await one.url();
  const scope = encodeURIComponent('repository:a/b:pull,push');
  const realm = /realm="([^"]*)"/.exec((await ask(`${url}/v2/`)).headers['www-authenticate'] ?? '')?.[1];
  const login = await ask(`${realm}?service=s&scope=${scope}`, { user: 'admin:secret' });
  const headers = bearer(JSON.parse(login.text).token);
  const digest = digestOf('{}');
  const pushed = await ask(`${url}/v2/a/b/blobs/uploads/?digest=${digest}`, {
    method: 'POST',
    headers,
    body: '{}',
  });
  expect(pushed.status).toBe(201);
  expect((await ask(`${realm}?service=s&scope=${scope}`, { user: 'admin:wrong' })).status).toBe(401);
  const { stdout } = await one.stop();
  expect(stdout).toMatch(/GET \/auth\/token 200 \d+B .* - 127\.0\.0\.1/);
  expect(stdout).not.toContain('secret');

  const path = join(directory, 'registry.sock');
  const onSocket = berth(['registry', file], {
    env: { REGISTRY_HTTP_NET: 'unix', REGISTRY_HTTP_ADDR: path, REGISTRY_BERTH_WORKERS: '1' },
  });
  await onSocket.url();
  const forwarded = { 'x-forwarded-for': '127.0.0.1', host: 'x' };
  const through = { socketPath: path, path: `/auth/token?service=s&scope=${scope}`, headers: forwarded };
  const answer = await ask('http://x', { ...through, user: 'admin:secret' });
  expect(answer.status).toBe(200);
});

describe('the configuration', () => {
  const mistakesIn = (token: string): readonly string[] => {
    const text = `version: 0.1\nstorage: inmemory\nauth: {token: {service: s, issuer: i, jwks: j, ${token}}}\n`;
    try {
      parseRegistryFile('c.yml', text, {});
      return [];
    } catch (error) {
      if (error instanceof StartError) return error.lines;
      throw error;
    }
  };

  test.each([
    ['realm: "http://a.example/"', /upstream needs auth\.token\.autoredirect: true beside it/],
    ['autoredirect: true, autoredirectpath: /v2/token', /autoredirectpath is a path of the registry itself/],
    ['autoredirect: true, autoredirectpath: /upload/x', /autoredirectpath is a path of the registry itself/],
    ['autoredirect: true, upstreamca: x', /upstreamca needs auth\.token\.upstream beside it, with an https/],
  ])('has one mistake with %s', (token, line) => {
    const upstream = 'upstream: "http://127.0.0.1:1/auth"';
    expect(mistakesIn(`${token}, ${upstream}`)).toEqual([expect.stringMatching(line)]);
    expect(mistakesIn(`autoredirect: true, ${upstream}`)).toEqual([]);
  });

  test.each([
    'auth:5001/auth',
    'http://auth:5001',
    'ftp://auth/x',
    'http://auth/x?y=1',
    'http://auth:99999/x',
    'http://me:s3cret@auth/x',
    '/auth',
  ])('takes no %s for a token server, and shows no password', (upstream) => {
    const [line, ...more] = mistakesIn(`autoredirect: true, upstream: "${upstream}"`);
    expect(more).toEqual([]);
    expect(line).toMatch(/^c\.yml:3:\d+: auth\.token\.upstream must be the URL where the token server gives/);
    expect(line).not.toContain('s3cret');
  });

  test('names a CA file that is none, also to config check', async () => {
    const empty = join(await folder(), 'ca.pem');
    await writeFile(empty, 'x');
    const file = await configFile('https://auth.example/auth', `, upstreamca: ${empty}`);
    for (const args of [
      ['registry', file],
      ['config', 'check', file],
    ]) {
      const { code, stderr } = await berth(args).ended;
      expect(code).toBe(1);
      expect(stderr).toContain(`auth.token.upstreamca ${empty}: holds no certificate in PEM form`);
    }
  });
});
