// HTTPS to an HTTP port, and HTTP to an HTTPS port.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Listening, listen } from '../src/http/listen.ts';
import { readKeyPair, type TlsSettings } from '../src/http/tls.ts';
import { type WrongProtocol, wrongProtocolLog } from '../src/http/wrong-protocol.ts';
import { createLog } from '../src/log/log.ts';
import { cleanUp, folder, serve } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import { ask, open, raw, readAll } from './client.ts';

const hour = 3_600_000;
const START_MS = Date.UTC(2026, 0, 2);
let listening: Listening | undefined;

afterEach(async () => {
  await listening?.drain(0);
  listening = undefined;
  await cleanUp();
});

async function start(tls: Omit<TlsSettings, 'ciphers'> | undefined, limits = {}) {
  const told: WrongProtocol[] = [];
  listening = await listen({
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    addressIsSetBy: '--addr',
    tls: tls && { ...tls, ciphers: 'TLS_AES_128_GCM_SHA256' },
    handler: (_request, response) => response.end('ok'),
    tellOfWrongProtocol: (what) => told.push(what),
    log: createLog({ level: 'error', format: 'text', write: () => undefined }),
    limits,
  });
  const { url } = listening;
  return { url, told, port: Number(new URL(url).port) };
}

async function keyPair() {
  const { certificate, key } = await writeKeyPair(await folder());
  const files = { certificateFile: certificate, keyFile: key };
  return { ...(await readKeyPair(files)), files };
}

function errorOf(answer: string): { code: string; message: string } {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).errors[0];
}

/** The bytes that a TLS client begins with. */
async function helloOf(port: number): Promise<void> {
  const client = connectTls({ port, host: '127.0.0.1' });
  await expect(once(client, 'secureConnect')).rejects.toThrow();
}

test('HTTP to a TLS port gets a 400 that says so, and is told of', async () => {
  const { url, told, port } = await start(await keyPair());
  const answer = await raw(url, 'GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(errorOf(answer).message).toContain('https://');
  expect(told).toEqual([{ spoke: 'http', address: '127.0.0.1', port }]);
});

test('a TLS port serves those who speak TLS, also where their first bytes come one by one', async () => {
  const pair = await keyPair();
  const { url, told, port } = await start(pair);
  expect((await ask(url, { ca: pair.cert })).text).toBe('ok');
  const dribbling = connect(await dribblingTo(port), '127.0.0.1');
  const client = connectTls({ socket: dribbling, host: 'localhost', servername: 'localhost', ca: pair.cert });
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(await readAll(client)).toMatch(/^HTTP\/1\.1 200 /);
  expect(told).toEqual([]);
});

/** The port of a proxy that hands on each byte of a client's first packet by itself. */
async function dribblingTo(port: number): Promise<number> {
  const proxy = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1').setNoDelay(true);
    upstream.pipe(socket);
    socket.once('data', async (hello) => {
      socket.pause();
      for (const byte of hello) {
        await new Promise((written) => upstream.write(Buffer.from([Number(byte)]), written));
      }
      socket.pipe(upstream);
    });
  });
  proxy.listen(0, '127.0.0.1').unref();
  await once(proxy, 'listening');
  return (proxy.address() as AddressInfo).port;
}

test('neither HTTP nor TLS is closed as by TLS itself, and silence after a while', async () => {
  const { url, told } = await start(await keyPair(), { handshakeTimeoutMs: 100 });
  expect(await raw(url, '\0\0\0\0 nonsense')).not.toContain('HTTP/1.1');
  expect(await readAll(await open(url))).toBe('');
  expect(told).toEqual([]);
});

test('HTTPS to an HTTP port is told of, and gets an answer that Go’s clients understand', async () => {
  const { url, told, port } = await start(undefined);
  await helloOf(port);
  expect(told).toEqual([{ spoke: 'https', address: '127.0.0.1', port }]);
  const answer = await raw(url, '\u0016\u0003\u0001\u0002');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(errorOf(answer)).toMatchObject({ message: 'this port speaks HTTP, not HTTPS' });
});

test('what is neither is not told of', async () => {
  const { url, told } = await start(undefined);
  await raw(url, 'hello\r\n\r\n');
  expect(told).toEqual([]);
});

describe('the log', () => {
  function logged() {
    const clock = { now: START_MS };
    const lines: string[] = [];
    const log = createLog({ level: 'info', format: 'json', write: (text) => lines.push(text) });
    const tell = wrongProtocolLog(log, () => clock.now);
    return {
      clock,
      tell,
      lines: () => {
        log.flush();
        return lines.join('').split('\n').filter(Boolean);
      },
    };
  }

  test('names an address once an hour, with what to do for each client', () => {
    const { clock, tell, lines } = logged();
    const https = { spoke: 'https', address: '10.0.0.7', port: 5000 } as const;
    tell(https);
    tell(https);
    clock.now = START_MS + hour - 1;
    tell(https);
    expect(lines()).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ level: 'warn', address: '10.0.0.7' });
    for (const word of ['docker', 'BuildKit', 'podman', 'containerd', '--tls-cert', 'HOST:5000']) {
      expect(lines()[0]).toContain(word);
    }
    clock.now = START_MS + hour + 1;
    tell(https);
    tell({ ...https, address: '10.0.0.8' });
    tell({ ...https, spoke: 'http' });
    expect(lines()).toHaveLength(4);
  });

  test('says nothing of a client of the same machine that tries HTTPS first', () => {
    const { tell, lines } = logged();
    tell({ spoke: 'https', address: '127.0.0.1', port: 5000 });
    tell({ spoke: 'https', address: '::1', port: 5000 });
    expect(lines()).toEqual([]);
  });
});

test.each([['1'], ['2']])('with %s workers there is one line for an address', async (workers) => {
  const pair = await writeKeyPair(await folder());
  const one = await serve(['--tls-cert', pair.certificate, '--tls-key', pair.key, '--workers', workers]);
  const url = await one.url();
  for (let time = 0; time < 4; time += 1) {
    expect(await raw(url, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  }
  const { stdout } = await one.stop();
  expect(stdout.match(/a client spoke HTTP to this port/g)).toHaveLength(1);
});
