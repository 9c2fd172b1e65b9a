// What keeps Berth from starting: one clear line that names what and where, exit code 1, no stack.

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { berth, cleanUp, type Ended, folder, type StartOptions, serve } from './berth.ts';
import { writeKeyPair } from './certificates.ts';

afterEach(cleanUp);

function expectOneLine({ code, stdout, stderr }: Ended, line: RegExp): void {
  expect(stderr).toMatch(line);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr + stdout).not.toMatch(/^\s+at /m);
  expect(code).toBe(1);
}

const other: StartOptions = process.getuid?.() === 0 ? { uid: 65_534 } : {};

test('a port in use: with the address, the process that has it, and the flag', async () => {
  const first = await serve();
  const { port } = new URL(await first.url());
  const second = await serve(['--addr', `127.0.0.1:${port}`]);
  const who = process.platform === 'linux' ? ` by \\S+ \\(pid ${first.child.pid}\\)` : '';
  const line = `^berth: cannot listen on 127\\.0\\.0\\.1:${port}: it is in use${who}; .* --addr HOST:PORT\n$`;
  expectOneLine(await second.ended, new RegExp(line));
});

test.each([
  ['192.0.2.1:0', /cannot listen on 192\.0\.2\.1:0: this machine has no such address; .*--addr/],
  ['nowhere.invalid:0', /cannot listen on nowhere\.invalid:0: the name of the host has no address; .*--addr/],
])('an address that is not of this machine: %s', async (address, line) => {
  expectOneLine(await (await serve(['--addr', address])).ended, line);
});

test('a data directory that is a file', async () => {
  const file = join(await folder(), 'file');
  await writeFile(file, '');
  expectOneLine(
    await (await serve(['--data', file])).ended,
    /^berth: data directory \S+\/file: .*is not a directory; .*--data/,
  );
  expectOneLine(
    await (await serve(['--data', join(file, 'below')])).ended,
    /^berth: data directory \S+below: cannot be made: .*not a directory/,
  );
});

test('a data directory that cannot be made or written', async () => {
  const parent = await folder();
  await chmod(parent, 0o555);
  expectOneLine(
    await (await serve(['--data', join(parent, 'data')], other)).ended,
    /^berth: data directory \S+\/data: cannot be made: permission denied; choose another with --data DIR\n$/,
  );
  expectOneLine(
    await (await serve(['--data', parent], other)).ended,
    /cannot be written to: permission denied/,
  );
});

test('a data directory where the file system takes none', async () => {
  if (process.platform !== 'linux') return;
  expectOneLine(
    await (await serve(['--data', '/proc/berth/data'])).ended,
    /^berth: data directory \/proc\/berth\/data: cannot be made: the file system takes no folder there; choose another with --data DIR\n$/,
  );
});

test("a volume below it that is another user's", async () => {
  const data = await folder();
  await chmod(data, 0o777);
  const volume = join(data, 'docker', 'registry', 'v2');
  await mkdir(volume, { recursive: true });
  await chmod(volume, 0o555);
  expectOneLine(
    await (await serve(['--data', data], other)).ended,
    /^berth: data directory \S+docker\/registry\/v2: cannot be written to: permission/,
  );
});

test("a data directory that is another user's: whose it is, and what gives it to Berth", async () => {
  if (process.getuid?.() !== 0) return;
  const parent = await folder();
  await chmod(parent, 0o755);
  const data = join(parent, 'data');
  await mkdir(data);
  expectOneLine(
    await (await serve(['--data', data], other)).ended,
    /\/data: cannot be written to: permission denied; it belongs to uid 0, and Berth runs as uid 65534: run chown -R 65534:\d+ \S+\/data, or choose another with --data DIR\n$/,
  );
});

test.each<[string, { notBefore?: Date; notAfter?: Date }, RegExp]>([
  [
    'has expired',
    { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-02-03') },
    /^berth: TLS certificate \S+server\.pem: expired on 2021-02-03; put a new one there\n$/,
  ],
  [
    'is not valid yet',
    { notBefore: new Date('2190-01-01'), notAfter: new Date('2191-01-01') },
    /server\.pem: is not valid before 2190-01-01T00:00:00\.000Z; if that is past, this machine's clock is wrong/,
  ],
])('a certificate that %s', async (_, times, line) => {
  const pair = await writeKeyPair(await folder(), 'server', 'localhost', times);
  expectOneLine(await (await serve(['--tls-cert', pair.certificate, '--tls-key', pair.key])).ended, line);
});

test('an auth configuration that is not there, not readable, or wrong', async () => {
  const directory = await folder();
  const file = join(directory, 'a.yml');
  const start = async () => (await serve(['--auth-config', file])).ended;
  expectOneLine(await start(), /^berth: \S+a\.yml: cannot be read: no such file or directory\n$/);
  await writeFile(file, 'server: {addr: ":1"}\ntoken: {issuer: x, expiration: 1h}\nusers: {}\nacl: []\n');
  expectOneLine(
    await start(),
    /^berth: \S+a\.yml:2:32: token\.expiration must be a whole number of seconds above 0, not "1h"\n$/,
  );
  expectOneLine(
    await berth(['auth', directory]).ended,
    /^berth: \S+: cannot be read: is a directory, not a file\n$/,
  );
});

test('several mistakes in one file are told at once, a line each', async () => {
  const file = join(await folder(), 'a.yml');
  await writeFile(
    file,
    'server: {}\ntoken: {issuer: x, expiration: 0}\nusers: {}\nacl: []\ngithub_auth: {x: y}\n',
  );
  const { code, stderr } = await berth(['auth', file]).ended;
  expect(
    stderr
      .trimEnd()
      .split('\n')
      .map((line) => /a\.yml:(\d+)/.exec(line)?.[1]),
  ).toEqual(['1', '2', '5']);
  expect(code).toBe(1);
});

test('TLS files that are not there, no PEM, or of two pairs', async () => {
  const directory = await folder();
  const a = await writeKeyPair(directory, 'a');
  const b = await writeKeyPair(directory, 'b');
  const start = async (certificate: string, key: string) =>
    (await serve(['--tls-cert', certificate, '--tls-key', key])).ended;
  expectOneLine(
    await start(a.certificate, '/nowhere/x.key'),
    /^berth: TLS key \/nowhere\/x\.key: cannot be read: no such file/,
  );
  expectOneLine(
    await start(a.certificate, b.key),
    /^berth: TLS key \S+b\.key does not belong to the certificate \S+a\.pem\n$/,
  );
  expectOneLine(
    await start(a.key, a.key),
    /^berth: TLS certificate \S+a\.key: holds no certificate in PEM form/,
  );
  expectOneLine(
    await start(a.certificate, a.certificate),
    /^berth: TLS key \S+a\.pem: holds no private key in PEM form/,
  );
});

test('a token key that does not fit its certificate', async () => {
  const directory = await folder();
  const a = await writeKeyPair(directory, 'a');
  const b = await writeKeyPair(directory, 'b');
  const file = join(directory, 'auth.yml');
  const token = `{issuer: x, expiration: 1, certificate: ${a.certificate}, key: ${b.key}}`;
  await writeFile(file, `server: {addr: "127.0.0.1:0"}\ntoken: ${token}\nusers: {}\nacl: []\n`);
  expectOneLine(await berth(['auth', file]).ended, /^berth: \S+b\.key, \S+a\.pem: /);
  await writeFile(
    file,
    'server: {addr: "127.0.0.1:0"}\ntoken: {issuer: x, expiration: 1}\nusers: {}\nacl: []\n',
  );
  expectOneLine(
    await berth(['auth', file]).ended,
    /auth\.yml: token\.certificate and token\.key are missing/,
  );
});

test.each<[string[], RegExp]>([
  [['serv'], /^berth: unknown command 'serv' \(Did you mean serve\?\)\n$/],
  [['serve', '--adr', ':1'], /^berth: unknown option '--adr' \(Did you mean --addr\?\)\n$/],
  [['serve', '--addr', '5000'], /^berth: .*--addr.*'5000' is invalid. It must be HOST:PORT/],
  [
    ['serve', '--log-level', 'loud'],
    /^berth: .*'loud' is invalid. Allowed choices are error, warn, info, debug/,
  ],
  [['serve', '--trusted-proxy', 'x'], /^berth: .*'x' is invalid. It must be an IP address or a range/],
  [['serve', '--drain-timeout', 'x'], /^berth: .*'x' is invalid. It must be a duration/],
  [['serve', '--service', 'a"b'], /^berth: .*is invalid. Letters, digits/],
  [['serve', '--tls-cert', 'x'], /^berth: --tls-cert needs --tls-key beside it\n$/],
  [['serve', '--tls-key', 'x'], /^berth: --tls-key needs --tls-cert beside it\n$/],
  [
    ['serve', '--storage', 'inmemory', '--data', 'x'],
    /^berth: --data has no meaning with --storage inmemory/,
  ],
  [
    ['serve', '--storage', 'inmemory', '--workers', '2'],
    /^berth: --workers 2 has no meaning with --storage inmemory, which processes cannot share/,
  ],
  [['serve', '--workers', '0'], /^berth: .*'0' is invalid. It must be a whole number from 1 to 256/],
  [['serve', '--workers', 'all'], /^berth: .*'all' is invalid. It must be a whole number from 1 to 256/],
  [
    ['serve', '--storage', 'inmemory', '--durability', 'durable'],
    /^berth: --durability has no meaning with --storage inmemory/,
  ],
  [['serve', '--durability', 'x'], /^berth: .*'x' is invalid. Allowed choices are durable, relaxed/],
  [['auth'], /^berth: missing required argument 'FILE'\n$/],
])('berth %j is refused with what is meant or allowed', async (args, line) => {
  expectOneLine(await berth(args).ended, line);
});
