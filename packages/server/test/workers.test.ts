// `--workers N`: several processes that are one registry to their clients.

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { type Berth, berth, cleanUp, folder, type StartOptions, serve } from './berth.ts';
import { writeKeyPair } from './certificates.ts';
import {
  type Answer,
  answerOf,
  ask,
  bearer,
  digestOf,
  halfSent,
  open,
  pullManifest,
  pushImage,
  readAll,
  token,
} from './client.ts';

afterEach(cleanUp);

const env = { BERTH_ADMIN_PASSWORD: 'secret' };
const admin = 'admin:secret';

/** Both serve. Connections go to the workers in turn, so that any two that follow each other go to both. */
async function two(args: readonly string[] = [], options: StartOptions = { env }): Promise<Berth> {
  const one = await serve(['--workers', '2', '--log-level', 'debug', ...args], options);
  await one.said(/(?:a worker serves[\s\S]*){2}/);
  return one;
}

async function pidsOf(one: Berth): Promise<number[]> {
  await one.url();
  return [...one.stdout.matchAll(/a worker serves pid=(\d+)/g)].map((match) => Number(match[1]));
}

/** A client that keeps one connection; undefined when the connection has broken. */
function keptConnection(url: string): (path: string) => Promise<Answer | undefined> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return async (path) => {
    const asked = request(`${url}${path}`, { agent });
    asked.end();
    try {
      const [response] = await once(asked, 'response');
      return await answerOf(response);
    } catch {
      return undefined;
    }
  };
}

test('what one worker took, each of them serves, on however many connections', async () => {
  const url = await (await two()).url();
  for (const tag of ['1', '2', '3', '4']) {
    const pushed = await pushImage(url, 'admin/app', tag, admin);
    expect(pushed.status).toBe(201);
    const pulls = await Promise.all([1, 2, 3, 4].map(() => pullManifest(url, 'admin/app', tag, admin)));
    expect(pulls.map(({ text }) => digestOf(text))).toEqual(
      Array(4).fill(pushed.headers['docker-content-digest']),
    );
  }
});

test('there is one first start: one password, and one key that both sign and trust', async () => {
  const one = await two([], {});
  const url = await one.url();
  const passwords = [...one.stdout.matchAll(/^ {4}password {2}(\S+)/gm)].map((match) => match[1]);
  expect(passwords).toHaveLength(1);
  const user = `admin:${passwords[0]}`;
  const tokens = await Promise.all([1, 2, 3, 4].map(() => token(url, user, 'registry:catalog:*')));
  for (const text of [...tokens, ...tokens.slice(1)]) {
    expect((await ask(`${url}/v2/_catalog`, { headers: bearer(text) })).status).toBe(200);
  }
  expect(one.stdout.match(/listening on/g)).toHaveLength(1);
});

test('wrong passwords are counted over all workers', async () => {
  const url = await (await two()).url();
  const login = async (password: string) =>
    (await ask(`${url}/auth?service=berth`, { user: `admin:${password}` })).status;
  const statuses: number[] = [];
  for (let guess = 0; guess < 12; guess += 1) statuses.push(await login(`guess-${guess}`));
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  expect(await login('secret')).toBe(429);
});

test('an upload goes on at whichever worker', async () => {
  const url = await (await two()).url();
  const headers = bearer(await token(url, admin, 'repository:admin/app:pull,push'));
  let answer = await ask(`${url}/v2/admin/app/blobs/uploads/`, { method: 'POST', headers });
  const parts = ['one, ', 'two, ', 'three'];
  for (const body of parts) {
    answer = await ask(`${url}${answer.headers.location}`, { method: 'PATCH', headers, body });
    expect(answer.status).toBe(202);
  }
  const blob = parts.join('');
  const target = new URL(answer.headers.location ?? '', url);
  target.searchParams.set('digest', digestOf(blob));
  expect((await ask(`${target}`, { method: 'PUT', headers })).status).toBe(201);
  for (let pull = 0; pull < 2; pull += 1) {
    const pulled = await ask(`${url}/v2/admin/app/blobs/${digestOf(blob)}`, { headers });
    expect(pulled.text).toBe(blob);
  }
});

describe('a worker that dies', () => {
  test('takes its own connections with it and no others, and is replaced, which the log tells', async () => {
    const one = await two();
    const url = await one.url();
    const clients = [1, 2, 3, 4].map(() => keptConnection(url));
    for (const client of clients) expect((await client('/v2/'))?.status).toBe(401);
    const [first] = await pidsOf(one);
    process.kill(first ?? 0, 'SIGKILL');
    const ended = await one.said(/error a worker ended unasked; another takes its place (.*)\n/);
    expect(ended[1]).toBe(`pid=${first} signal=SIGKILL`);
    // A connection that broke is opened anew, at the worker that is left: nobody is without an answer for long.
    for (const client of clients) expect((await client('/v2/')) ?? (await client('/v2/'))).toBeDefined();
    const [, replacement] = await one.said(/a worker took its place pid=(\d+)/);
    expect(await pidsOf(one)).not.toContain(Number(replacement));
    for (let n = 0; n < 4; n += 1)
      expect((await pushImage(url, 'admin/app', `after-${n}`, admin)).status).toBe(201);
    expect((await one.stop()).code).toBe(0);
  });

  test('had half of the connections', async () => {
    const one = await two();
    const url = await one.url();
    // One after the other: of those that come at once, a busy worker gets fewer.
    const sockets: Socket[] = [];
    for (let n = 0; n < 8; n += 1) {
      const socket = await open(url);
      socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'data');
      sockets.push(socket);
    }
    let broken = 0;
    for (const socket of sockets) socket.once('close', () => (broken += 1));
    const [first] = await pidsOf(one);
    process.kill(first ?? 0, 'SIGKILL');
    await one.said(/a worker took its place/);
    expect(broken).toBe(4);
  });
});

describe('a stop', () => {
  test('lets the transfers of all workers finish, and ends with exit code 0', async () => {
    const one = await two();
    const url = await one.url();
    const uploads = [await halfSent(url, admin), await halfSent(url, admin)];
    one.child.kill('SIGTERM');
    await one.said(/SIGTERM: stopping; running transfers may finish/);
    await expect(open(url)).rejects.toThrow('ECONNREFUSED');
    for (const { socket, rest } of uploads) {
      const answer = readAll(socket);
      socket.write(rest);
      expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
    }
    const { code, stdout, stderr } = await one.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/ 201 [^\n]*\n(?:[^\n]* debug [^\n]*\n)*[^\n]* info {2}stopped\n$/);
  });

  test('is the decision of the primary: a signal from the terminal reaches the workers, too', async () => {
    const one = await two();
    const url = await one.url();
    const { socket, rest } = await halfSent(url, admin);
    for (const pid of await pidsOf(one)) process.kill(pid, 'SIGINT');
    for (let n = 0; n < 4; n += 1) expect((await ask(`${url}/v2/`)).status).toBe(401);
    one.child.kill('SIGINT');
    await one.said(/SIGINT: stopping; running transfers may finish/);
    const answer = readAll(socket);
    socket.write(rest);
    expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
    const { code, stdout } = await one.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain('unasked');
  });

  test('takes no longer than --drain-timeout', async () => {
    const one = await two(['--drain-timeout', '100ms']);
    const { socket } = await halfSent(await one.url(), admin);
    const answer = readAll(socket);
    const { code, stdout } = await one.stop();
    expect(stdout).toContain('did not finish within the drain timeout');
    expect(code).toBe(0);
    expect(await answer).not.toContain('201');
  });

  test('is at once at the second signal', async () => {
    const one = await two();
    await halfSent(await one.url(), admin);
    one.child.kill('SIGTERM');
    await one.said(/stopping; running transfers may finish/);
    const { code, stdout } = await one.stop('SIGTERM');
    expect(code).toBe(0);
    expect(stdout).toMatch(/SIGTERM: stopping at once\n$/);
  });
});

test('when the primary is gone the workers finish what they began, and leave the port', async () => {
  const one = await two();
  const url = await one.url();
  const { socket, rest } = await halfSent(url, admin);
  const exited = once(one.child, 'exit');
  one.child.kill('SIGKILL');
  await exited;
  await expect(open(url)).rejects.toThrow('ECONNREFUSED');
  const answer = readAll(socket);
  socket.write(rest);
  expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
  // The workers have the primary's stderr, which closes when the last of them has ended.
  await one.ended;
});

test('a start that fails is told once, and leaves no process', async () => {
  const first = await two();
  const { port } = new URL(await first.url());
  const { code, stdout, stderr } = await (
    await serve(['--workers', '2', '--addr', `127.0.0.1:${port}`], { env })
  ).ended;
  expect(stderr).toMatch(/^berth: cannot listen on 127\.0\.0\.1:\d+: it is in use.*\n$/);
  expect(stdout).not.toContain('listening on');
  expect(code).toBe(1);
});

test('the first that listens is told, and a stop while the others come ends them all', async () => {
  const one = await serve(['--workers', '4', '--log-level', 'debug'], { env });
  expect((await ask(`${await one.url()}/v2/`)).status).toBe(401);
  const { code, stdout } = await one.stop();
  expect(code).toBe(0);
  expect(stdout).toMatch(/info {2}stopped\n$/);
  expect(stdout).not.toMatch(/killed|ended unasked/);
});

test('HTTPS is served by all of them', async () => {
  const pair = await writeKeyPair(await folder());
  const ca = await readFile(pair.certificate, 'utf8');
  const url = await (await two(['--tls-cert', pair.certificate, '--tls-key', pair.key])).url();
  for (let n = 0; n < 4; n += 1) {
    const { status, headers } = await ask(`${url}/v2/`, { ca });
    expect({ status, realm: headers['www-authenticate'] }).toEqual({
      status: 401,
      realm: expect.stringContaining(`realm="${url}/auth"`),
    });
  }
});

test('a token server has workers as well, also on a socket that a dead process left', async () => {
  const directory = await folder();
  const { certificate, key } = await writeKeyPair(directory);
  const socketPath = join(directory, 'auth.sock');
  const file = join(directory, 'auth.yml');
  const server = `{addr: ${socketPath}, net: unix}`;
  const users = `{admin: {password: "${bcrypt.hashSync('secret', 4)}"}}`;
  await writeFile(
    file,
    `server: ${server}\ntoken: {issuer: x, expiration: 9, certificate: ${certificate}, key: ${key}}\nusers: ${users}\nacl: []\n`,
  );
  const first = berth(['auth', file, '--workers', '1']);
  await first.said(/listening on unix:/);
  await first.stop('SIGKILL');
  const one = berth(['auth', file, '--workers', '2']);
  await one.said(/listening on unix:\S+auth\.sock/);
  for (let n = 0; n < 4; n += 1) {
    const asked = request({ socketPath, path: '/auth?service=reg', auth: 'admin:secret' });
    asked.end();
    const [response] = await once(asked, 'response');
    expect((await answerOf(response)).status).toBe(200);
  }
  expect((await one.stop()).code).toBe(0);
});

test.each([
  ['--workers 1', ['--workers', '1']],
  ['memory, unless it is told otherwise', ['--storage', 'inmemory']],
])('%s is one process and no other', async (_, args) => {
  const one = await serve(args, { env });
  await one.url();
  if (process.platform === 'linux') {
    const { pid } = one.child;
    expect(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).toBe('');
  }
  expect((await one.stop()).code).toBe(0);
});
