// A new certificate for a listener that runs: however its files are changed, and whoever serves.

import { once } from 'node:events';
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import bcrypt from 'bcryptjs';
import { type Berth, berth, cleanUp, folder, serve } from './berth.ts';
import { type KeyPairPaths, writeKeyPair } from './certificates.ts';
import { answerOf } from './client.ts';

afterEach(cleanUp);

const env = { BERTH_ADMIN_PASSWORD: 'secret' };
const renewed = /a new one is in force, valid until \d{4}-/;

/** Two pairs beside each other, and the files that a program is given, which hold the first. */
async function pairs() {
  const directory = await folder();
  const old = await writeKeyPair(directory, 'old', 'old');
  const fresh = await writeKeyPair(directory, 'fresh', 'fresh');
  const given = { certificate: join(directory, 'server.pem'), key: join(directory, 'server.key') };
  await copy(old, given);
  return { directory, old, fresh, given };
}

async function copy(from: KeyPairPaths, to: KeyPairPaths): Promise<void> {
  await copyFile(from.certificate, to.certificate);
  await copyFile(from.key, to.key);
}

/** Whose certificate a new connection sees. */
async function presented(one: Berth): Promise<string | undefined> {
  const { port } = new URL(await one.url());
  const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

const serveWith = ({ certificate, key }: KeyPairPaths, more: readonly string[] = []) =>
  serve(['--tls-cert', certificate, '--tls-key', key, ...more], { env });

const times = (one: Berth, pattern: RegExp) =>
  [...one.stdout.matchAll(new RegExp(pattern.source, 'g'))].length;

test('files written in place: new connections get the new certificate, a running one goes on', async () => {
  const { fresh, given } = await pairs();
  const one = await serveWith(given);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const url = await one.url();
  const sockets = new Set<unknown>();
  const ping = async () => {
    const asked = request(`${url}/v2/`, { agent });
    asked.once('socket', (socket) => sockets.add(socket));
    asked.end();
    const [response] = await once(asked, 'response');
    const subject = (response.socket as TLSSocket).getPeerCertificate().subject.CN;
    expect((await answerOf(response)).status).toBe(401);
    return subject;
  };
  expect(await ping()).toBe('old');
  await copy(fresh, given);
  await one.said(renewed);
  expect(await presented(one)).toBe('fresh');
  expect(await ping()).toBe('old');
  expect(sockets.size).toBe(1);
  agent.destroy();
  expect(one.stdout).not.toContain('stays in force');
});

test('a link that is moved, as certbot does, and a folder that is swapped, as Kubernetes does', async () => {
  const { directory, old, fresh } = await pairs();
  const names = { certificate: 'tls.crt', key: 'tls.key' };
  for (const [folderName, from] of Object.entries({ '..1': old, '..2': fresh })) {
    await mkdir(join(directory, folderName));
    await copyFile(from.certificate, join(directory, folderName, names.certificate));
    await copyFile(from.key, join(directory, folderName, names.key));
  }
  await symlink('..1', join(directory, '..data'));
  const given = { certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
  await symlink('..data/tls.crt', given.certificate);
  await symlink('..data/tls.key', given.key);
  const one = await serveWith(given);
  expect(await presented(one)).toBe('old');
  await symlink('..2', join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), join(directory, '..data'));
  await one.said(renewed);
  expect(await presented(one)).toBe('fresh');
  for (const [link, target] of [
    [given.certificate, old.certificate],
    [given.key, old.key],
  ] as const) {
    await symlink(target, `${link}.new`);
    await rename(`${link}.new`, link);
  }
  await one.said(new RegExp(`${renewed.source}[\\s\\S]*${renewed.source}`));
  expect(await presented(one)).toBe('old');
});

test('a pair that does not fit leaves the old in force and is told once; the other file mends it', async () => {
  const { fresh, given } = await pairs();
  const one = await serveWith(given);
  await one.url();
  await copyFile(fresh.certificate, given.certificate);
  const problem =
    /error TLS key \S+server\.key does not belong to the certificate \S+server\.pem; the pair of before/;
  await one.said(problem);
  expect(await presented(one)).toBe('old');
  one.child.kill('SIGHUP');
  await copyFile(fresh.key, given.key);
  await one.said(renewed);
  expect(await presented(one)).toBe('fresh');
  expect(times(one, problem)).toBe(1);
});

test.each<readonly [string, (given: KeyPairPaths) => Promise<unknown>, RegExp]>([
  [
    'no PEM',
    ({ certificate }) => writeFile(certificate, 'hm'),
    /certificate \S+ holds no certificate in PEM/,
  ],
  ['gone', ({ key }) => rm(key), /TLS key \S+ cannot be read: no such file/],
  [
    'cut off in its chain',
    async ({ certificate }) => {
      const pem = await readFile(certificate, 'utf8');
      await writeFile(certificate, `${pem}\n${pem.slice(0, pem.length / 2)}`);
    },
    /what follows the first certificate can't be read/,
  ],
  [
    'expired',
    async ({ certificate, key }) => {
      const [notBefore, notAfter] = [new Date('2021-01-01'), new Date('2021-02-03')];
      await copy(await writeKeyPair(await folder(), 'x', 'x', { notBefore, notAfter }), { certificate, key });
    },
    /expired on 2021-02-03/,
  ],
])('SIGHUP looks at once and tells what is wrong with what is %s', async (_, spoil, problem) => {
  const { given } = await pairs();
  const one = await serveWith(given);
  await one.url();
  one.child.kill('SIGHUP');
  await one.said(/is the one in force, valid until/);
  await spoil(given);
  one.child.kill('SIGHUP');
  await one.said(problem);
  expect(await presented(one)).toBe('old');
  expect((await one.stop()).code).toBe(0);
});

test('workers: all of them get it, and who takes the place of one; the log has one line', async () => {
  const { fresh, given } = await pairs();
  const one = await serveWith(given, ['--workers', '2', '--log-level', 'debug']);
  await one.said(/(?:a worker serves[\s\S]*){2}/);
  await copy(fresh, given);
  await one.said(renewed);
  for (let n = 0; n < 4; n += 1) expect(await presented(one)).toBe('fresh');
  const [, pid] = await one.said(/a worker serves pid=(\d+)/);
  process.kill(Number(pid), 'SIGKILL');
  await one.said(/a worker took its place/);
  for (let n = 0; n < 4; n += 1) expect(await presented(one)).toBe('fresh');
  expect(times(one, renewed)).toBe(1);
});

test('workers: a SIGHUP that all of the group get ends none of them', async () => {
  const { given } = await pairs();
  const one = await serveWith(given, ['--workers', '2', '--log-level', 'debug']);
  await one.said(/(?:a worker serves[\s\S]*){2}/);
  const pids = [...one.stdout.matchAll(/a worker serves pid=(\d+)/g)].map(([, pid]) => Number(pid));
  for (const pid of pids) process.kill(pid, 'SIGHUP');
  one.child.kill('SIGHUP');
  await one.said(/is the one in force/);
  expect(await presented(one)).toBe('old');
  const { stdout, code } = await one.stop();
  expect(code).toBe(0);
  expect(stdout).not.toContain('ended unasked');
});

test.each<readonly [string, (given: KeyPairPaths) => Promise<Berth>]>([
  [
    'berth auth: server.certificate',
    async ({ certificate, key }) => {
      const file = join(await folder(), 'auth.yml');
      const users = `users: {admin: {password: "${bcrypt.hashSync('secret', 4)}"}}`;
      const acl = 'acl: [{match: {account: admin}, actions: ["*"]}]';
      const server = `server: {addr: "127.0.0.1:0", certificate: ${certificate}, key: ${key}}`;
      await writeFile(file, `${server}\ntoken: {issuer: Acme, expiration: 900}\n${users}\n${acl}\n`);
      return berth(['auth', file]);
    },
  ],
  [
    "berth registry: http.tls of distribution's file",
    async ({ certificate, key }) => {
      const file = join(await folder(), 'config.yml');
      const http = `http: {addr: "127.0.0.1:0", tls: {certificate: ${certificate}, key: ${key}}}`;
      await writeFile(file, `version: 0.1\nstorage: {inmemory: {}}\n${http}\n`);
      return berth(['registry', file]);
    },
  ],
])('%s', async (_, start) => {
  const { fresh, given } = await pairs();
  const one = await start(given);
  expect(await presented(one)).toBe('old');
  await copy(fresh, given);
  await one.said(renewed);
  expect(await presented(one)).toBe('fresh');
});
