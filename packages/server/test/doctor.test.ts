// What `berth doctor` finds, with real Berths and with stand-ins that have one thing wrong about them.

import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import type { Finding } from '../src/doctor/finding.ts';
import { type Berth, berth, cleanUp, folder, serve } from './berth.ts';
import { type Authority, authority, type Made, signedBy, type Wanted } from './made-certificates.ts';
import { closeStandIns, memoryRegistry, proxyTo, standIn } from './stand-ins.ts';

afterEach(async () => {
  await closeStandIns();
  await cleanUp();
});

const env = { BERTH_ADMIN_PASSWORD: 'secret-of-admin' };
const login = { BERTH_PASSWORD: 'secret-of-admin' };

interface Examined {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** `check outcome` of each. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** The message and the remedy. */
  readonly words: Readonly<Record<string, string>>;
}

/** A small push unless `args` say otherwise, and no docker login but the test's own. */
async function examined(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Examined> {
  const options = { env: { DOCKER_CONFIG: await folder(), BERTH_PASSWORD: '', ...variables } };
  const { code, stdout, stderr } = await berth(['doctor', '--json', '--push-size', '2MiB', ...args], options)
    .ended;
  expect(stderr).toBe('');
  const findings: Finding[] = JSON.parse(stdout);
  const entries = (value: (each: Finding) => string) =>
    Object.fromEntries(findings.map((each) => [each.check, value(each)]));
  return {
    code,
    findings,
    outcomes: entries(({ outcome }) => outcome),
    words: entries(({ message, remedy = '' }) => `${message}. ${remedy}`),
  };
}

async function berthUrl(args: readonly string[] = []): Promise<string> {
  return (await serve(['--workers', '1', ...args], { env })).url();
}

function json(status: number, body: unknown, headers = {}): RequestListener {
  return (incoming, response) => {
    incoming.resume();
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

describe('a Berth', () => {
  test('is well, has its disk and owner looked at, and keeps nothing of the push', async () => {
    const data = join(await folder(), 'data');
    const url = await berthUrl(['--data', data]);
    const { code, outcomes, words } = await examined([url, '--user', 'admin', '--data', data], login);
    const skipped = { certificate: 'skipped', host: 'skipped', expiry: 'skipped' };
    const ok = Object.fromEntries(
      'name connection registry realm account token clock push pull delete owner'
        .split(' ')
        .map((each) => [each, 'ok']),
    );
    expect(outcomes).toEqual({ ...ok, ...skipped, disk: expect.stringMatching(/^(?:ok|warn)$/) });
    expect(words['push']).toMatch(/^2 MiB to admin\/berth-doctor in /);
    expect(code).toBe(0);
    const repository = join(data, 'docker', 'registry', 'v2', 'repositories', 'admin', 'berth-doctor');
    const names = await readdir(repository, { recursive: true });
    expect(names.filter((name) => name.endsWith('link') || name.endsWith('data'))).toEqual([]);
  });

  test('is told a line for each check, and takes the password from stdin', async () => {
    const url = await berthUrl();
    const one = berth([
      'doctor',
      url.replace('http://', ''),
      '--user',
      'admin',
      '--push-size',
      '1KiB',
      '--repository',
      'admin/x',
    ]);
    one.child.stdin?.end('secret-of-admin\n');
    const { code, stdout } = await one.ended;
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(15);
    for (const line of lines) expect(line).toMatch(/^(?:ok|skipped) {1,7} \w+ +\S/);
    expect(stdout).toMatch(/^ok {7}push {9}1 KiB to admin\/x in /m);
    expect(code).toBe(0);
  });

  test("is logged in to with docker's file", async () => {
    const url = await berthUrl();
    const config = await folder();
    const auth = Buffer.from('admin:secret-of-admin').toString('base64');
    await writeFile(
      join(config, 'config.json'),
      JSON.stringify({ auths: { [new URL(url).host]: { auth } } }),
    );
    const { outcomes, words } = await examined([url], { DOCKER_CONFIG: config });
    expect(words['account']).toContain(`admin, as ${join(config, 'config.json')} says`);
    expect(outcomes).toMatchObject({ account: 'ok', token: 'ok', delete: 'ok' });
  });

  test('is looked at as far as anybody gets who has no login', async () => {
    const { code, outcomes, words } = await examined([await berthUrl()]);
    expect(outcomes).toMatchObject({
      realm: 'ok',
      account: 'skipped',
      token: 'skipped',
      clock: 'ok',
      push: 'skipped',
    });
    expect(words['token']).toBe(
      'nobody gets in without a login. Give --user NAME, and the password in BERTH_PASSWORD',
    );
    expect(code).toBe(0);
  });

  test('refuses a wrong password', async () => {
    const { code, outcomes, words } = await examined([await berthUrl(), '--user', 'admin'], {
      BERTH_PASSWORD: 'no',
    });
    expect(outcomes).toMatchObject({ realm: 'ok', token: 'fail', push: 'skipped' });
    expect(words['token']).toMatch(/refuses admin \(401\)\. See that account and password are right/);
    expect(code).toBe(1);
  });

  test('keeps an account out of a repository that is not its own', async () => {
    const file = join(await folder(), 'auth.yml');
    const password = bcrypt.hashSync('p', 4);
    await writeFile(
      file,
      `server: {addr: ":0"}\ntoken: {issuer: x, expiration: 900}\nusers: {bob: {password: "${password}"}}\nacl: [{match: {account: bob}, actions: [pull]}]\n`,
    );
    const url = await berthUrl(['--auth-config', file]);
    const { outcomes, words } = await examined([url, '--user', 'bob'], { BERTH_PASSWORD: 'p' });
    expect(outcomes).toMatchObject({ token: 'ok', push: 'fail', pull: 'skipped', delete: 'skipped' });
    expect(words['push']).toMatch(/^bob may not push to bob\/berth-doctor \(40[13] \w+\)/);
  });

  test('is well behind HTTPS with a CA of its own, which has to be given', async () => {
    const { ca, pair } = await madeFiles();
    const url = await berthUrl(['--tls-cert', pair.cert, '--tls-key', pair.key]);
    const known = await examined([url, '--user', 'admin', '--ca', ca], login);
    expect(known.outcomes).toMatchObject({
      certificate: 'ok',
      host: 'ok',
      expiry: 'ok',
      token: 'ok',
      delete: 'ok',
    });
    const bare = await examined([new URL(url).host, '--ca', ca]);
    expect(bare.words['connection']).toContain('speaks HTTPS');
    const unknown = await examined([url, '--user', 'admin'], login);
    expect(unknown.outcomes).toMatchObject({ certificate: 'fail', registry: 'skipped', token: 'skipped' });
    expect(unknown.words['certificate']).toMatch(/signed by "CN=Test CA", which is not trusted .*--ca FILE/);
    expect(unknown.code).toBe(1);
  });
});

describe('a certificate', () => {
  test.each<[string, Wanted, string, string, RegExp]>([
    [
      'expired',
      { fromDays: -30, untilDays: -1 },
      'expiry',
      'fail',
      /^it expired on 20\d\d-\d\d-\d\d\. Renew it/,
    ],
    ['not yet valid', { fromDays: 1 }, 'expiry', 'fail', /is valid only from 20/],
    [
      'about to expire',
      { untilDays: 13.5 },
      'expiry',
      'warn',
      /^it is valid until .* for 13 more days\. Renew it/,
    ],
    [
      'for another name',
      { names: ['other.example'] },
      'host',
      'fail',
      /\(DNS:other\.example\), not for 127\.0\.0\.1/,
    ],
    ['without names', { names: [] }, 'host', 'fail', /no subject alternative names/],
  ])('%s', async (_, wanted, check, outcome, words) => {
    const made = await authority();
    const url = await standIn(
      json(401, {}, { 'www-authenticate': 'Basic realm="x"' }),
      await signedBy(made, wanted),
    );
    const result = await examined([url, '--ca', await fileWith(made)]);
    expect(result.words[check]).toMatch(words);
    expect(result.outcomes).toMatchObject({
      certificate: 'ok',
      [check]: outcome,
      registry: outcome === 'fail' ? 'skipped' : 'ok',
    });
    expect(result.code).toBe(outcome === 'fail' ? 1 : 0);
  });
});

describe('a connection', () => {
  test('to where nothing listens', async () => {
    const { code, outcomes, words } = await examined(['http://127.0.0.1:1']);
    expect(words['connection']).toMatch(/^127\.0\.0\.1:1 refused the connection/);
    expect(outcomes).toMatchObject({ name: 'ok', connection: 'fail', registry: 'skipped', push: 'skipped' });
    expect(code).toBe(1);
  });

  test('to a name without an address', async () => {
    const { outcomes } = await examined(['registry.invalid']);
    expect(outcomes).toMatchObject({ name: 'fail', connection: 'skipped' });
  });

  test('with HTTPS to HTTP, and the other way round', async () => {
    const plain = await standIn(memoryRegistry().listener);
    const forTls = await examined([plain.replace('http', 'https')]);
    expect(forTls.words['connection']).toMatch(/speaks no TLS.*name it as http:\/\//);
    const tls = await standIn(memoryRegistry().listener, await signedBy(await authority()));
    const forPlain = await examined([tls.replace('https', 'http')]);
    expect(forPlain.words['registry']).toMatch(/speaks HTTPS, not HTTP. Name it as https:\/\//);
    expect([forTls.code, forPlain.code]).toEqual([1, 1]);
  });
});

describe('a registry', () => {
  test('without a login takes the push, gives it back, and keeps nothing', async () => {
    const { listener, contents } = memoryRegistry();
    const { code, outcomes } = await examined([await standIn(listener)]);
    expect(outcomes).toMatchObject({
      registry: 'ok',
      realm: 'skipped',
      token: 'skipped',
      push: 'ok',
      pull: 'ok',
      delete: 'ok',
    });
    expect([...contents.keys()]).toEqual([]);
    expect(code).toBe(0);
  });

  test('with deletes off keeps the push, and the key and the variable are named', async () => {
    const { listener, contents } = memoryRegistry({ deletes: false });
    const { code, outcomes, words } = await examined([await standIn(listener)]);
    expect(outcomes).toMatchObject({ push: 'ok', pull: 'ok', delete: 'warn' });
    expect(words['delete']).toMatch(
      /storage\.delete\.enabled: true, or REGISTRY_STORAGE_DELETE_ENABLED=true/,
    );
    expect(contents.size).toBe(3);
    expect(code).toBe(0);
  });

  test('that gives back other bytes is found out', async () => {
    const { listener } = memoryRegistry({ damaged: (bytes) => Buffer.concat([bytes, Buffer.from('x')]) });
    const { code, outcomes, words } = await examined([await standIn(listener)]);
    expect(outcomes).toMatchObject({ push: 'ok', pull: 'fail', delete: 'ok' });
    expect(words['pull']).toMatch(/with the digest sha256:\w+, not sha256:/);
    expect(code).toBe(1);
  });

  test('that breaks off a pull is told how far it came', async () => {
    const { outcomes, words } = await examined([await standIn(memoryRegistry({ breaksOff: true }).listener)]);
    expect(words['pull']).toMatch(
      /^the pull of the manifest broke off after \d+ B: .* closed the connection/,
    );
    expect(outcomes).toMatchObject({ push: 'ok', pull: 'fail', delete: 'ok' });
  });

  test('that sends uploads from HTTPS to HTTP is told about X-Forwarded-Proto', async () => {
    const made = await authority();
    const url = await standIn(
      memoryRegistry({ uploadsAt: 'http://127.0.0.1' }).listener,
      await signedBy(made),
    );
    const { outcomes, words } = await examined([url, '--ca', await fileWith(made)]);
    expect(outcomes).toMatchObject({ push: 'fail', pull: 'skipped' });
    expect(words['push']).toMatch(/^uploads are sent to http:\/\/127\.0\.0\.1, .*X-Forwarded-Proto/);
  });

  test.each([
    [3600, 'ahead of'],
    [-3600, 'behind'],
  ])("whose clock is %i s off this machine's is warned of", async (seconds, words) => {
    const { listener } = memoryRegistry();
    const url = await standIn((incoming, response) => {
      response.setHeader('date', new Date(Date.now() + seconds * 1000).toUTCString());
      listener(incoming, response);
    });
    const result = await examined([url]);
    expect(result.outcomes).toMatchObject({ clock: 'warn', push: 'ok' });
    expect(result.words['clock']).toMatch(
      new RegExp(`the registry's clock is 3\\d\\d\\d s ${words} this machine's`),
    );
    expect(result.code).toBe(0);
  });

  test.each<[string, RequestListener, RegExp]>([
    ['a web site', page(200), /answered 200 to \/v2\/ with a page for browsers \("Welcome"\)/],
    ['a missing page', page(404), /answered 404 to \/v2\/ with a page for browsers/],
    ['other text', (_, response) => response.end('hello'), /something that no registry says/],
    [
      'elsewhere',
      json(301, {}, { location: 'https://other.example/v2/' }),
      /301, to https:\/\/other\.example/,
    ],
    ['a 401 and no more', json(401, {}), /no WWW-Authenticate header/],
    [
      'a proxy alone',
      json(502, {}, { server: 'nginx/1.26' }),
      /nginx\/1\.26 \(Server\) answered 502 to \/v2\/: it gets no answer/,
    ],
  ])('that is %s: what it is instead is told', async (_, listener, words) => {
    const { code, outcomes, ...result } = await examined([await standIn(listener)]);
    expect(result.words['registry']).toMatch(words);
    expect(outcomes).toMatchObject({ connection: 'ok', registry: 'fail', push: 'skipped' });
    expect(code).toBe(1);
  });
});

describe('a realm', () => {
  const challenging = (realm: string) =>
    json(401, {}, { 'www-authenticate': `Bearer realm="${realm}",service="x"` });

  test('at another private address, or at the same with another port, is one that clients refuse', async () => {
    for (const realm of [
      'http://10.11.12.13/auth',
      'http://127.0.0.1:1/auth',
      'http://[fd00::1]:5001/auth',
    ]) {
      const { code, outcomes, words } = await examined([await standIn(challenging(realm))]);
      expect(words['realm']).toContain(`the realm ${realm} is at another private or loopback address`);
      expect(words['realm']).toContain('crane 0.21 and others refuse it');
      expect(words['realm']).toContain('auth.token.autoredirect and auth.token.upstream');
      expect(outcomes).toMatchObject({ registry: 'ok', realm: 'fail', token: 'skipped' });
      expect(code).toBe(1);
    }
  });

  test('at a name of this machine is one that oras refuses', async () => {
    const { words } = await examined([await standIn(challenging('http://localhost:1/auth'))]);
    expect(words['realm']).toMatch(/is at a loopback address .*: oras 1\.3 and others refuse it/);
  });

  test('that is HTTP under HTTPS is refused, and no password goes there', async () => {
    const made = await authority();
    const asked: string[] = [];
    const realm = await standIn((incoming, response) => {
      asked.push(incoming.url ?? '');
      response.end('{"token":"x"}');
    });
    const url = await standIn(challenging(`${realm}/auth`), await signedBy(made));
    const { outcomes, words } = await examined([url, '--user', 'admin', '--ca', await fileWith(made)], login);
    expect(words['realm']).toMatch(/is HTTP, though the registry is HTTPS.*X-Forwarded-Proto/);
    expect(outcomes).toMatchObject({ realm: 'fail', token: 'skipped' });
    expect(asked).toEqual([]);
  });

  test('that has no such page, and one that is no URL', async () => {
    const own: RequestListener = (incoming, response) => {
      const realm = `http://${incoming.headers.host}/auth`;
      if (incoming.url === '/v2/') challenging(realm)(incoming, response);
      else page(404)(incoming, response);
    };
    expect((await examined([await standIn(own)])).words['realm']).toMatch(/answered 404 to the realm http/);
    expect((await examined([await standIn(challenging('/auth'))])).words['realm']).toContain(
      'no absolute URL',
    );
  });
});

describe('a token', () => {
  const withTokens =
    (tokens: RequestListener): RequestListener =>
    (incoming, response) => {
      const realm = `http://${incoming.headers.host}/auth`;
      if (incoming.url?.startsWith('/auth') === true) tokens(incoming, response);
      else json(401, {}, { 'www-authenticate': `Bearer realm="${realm}",service="x"` })(incoming, response);
    };

  test("that the registry doesn't take is named, with what has to agree", async () => {
    const url = await standIn(withTokens(json(200, { token: 'a.b.c' })));
    const { code, outcomes, words } = await examined([url, '--user', 'admin'], login);
    expect(words['token']).toMatch(
      /refuses the token that its own token server made \(401\).*issuer and service/,
    );
    expect(outcomes).toMatchObject({ realm: 'ok', token: 'fail', push: 'skipped' });
    expect(code).toBe(1);
  });

  test('is missing from an answer', async () => {
    const url = await standIn(withTokens(json(200, { ok: true })));
    expect((await examined([url, '--user', 'admin'], login)).words['token']).toContain(
      'answered 200 without a token',
    );
  });
});

describe('a proxy', () => {
  const isLarge = (method = '', length = '0') => method === 'PUT' && Number(length) > 1024 ** 2;

  async function behind(
    upstream: string,
    status: number,
    headers: Record<string, string>,
  ): Promise<Examined> {
    const url = await standIn(
      proxyTo(upstream, ({ method, headers: asked }, response) => {
        if (!isLarge(method, asked['content-length'])) return false;
        response.writeHead(status, { 'content-type': 'text/html', connection: 'close', ...headers });
        response.end('<html><head><title>No</title></head></html>');
        return true;
      }),
    );
    return examined([url, '--user', 'admin'], login);
  }

  test('that takes no large bodies is named, with the line that it needs', async () => {
    const { code, outcomes, words } = await behind(await berthUrl(), 413, { server: 'nginx' });
    expect(words['push']).toMatch(
      /^nginx \(Server\) answered 413 to the upload of 2 MiB: it takes no body of that size\. Set client_max_body_size 0;/,
    );
    expect(outcomes).toMatchObject({ token: 'ok', push: 'fail', pull: 'skipped', delete: 'skipped' });
    expect(code).toBe(1);
  });

  test.each<[number, Record<string, string>, RegExp]>([
    [413, { server: 'cloudflare' }, /^cloudflare \(Server\).*DNS only/],
    [413, { via: '1.1 Caddy', server: 'x' }, /^1\.1 Caddy \(Via\).*request_body/],
    [413, {}, /^a server that gives no name .*between here and the registry/],
    [504, { server: 'nginx' }, /took longer than it waits\. Raise proxy_read_timeout/],
    [502, { server: 'nginx' }, /gets no answer from the registry behind it/],
    [
      200,
      { server: 'waf' },
      /^waf \(Server\) answered 200 to the upload of 2 MiB with a page for browsers \("No"\)/,
    ],
  ])('that answers %i with %j to a large body', async (status, headers, words) => {
    const result = await behind(await standIn(memoryRegistry().listener), status, headers);
    expect(result.words['push']).toMatch(words);
    expect(result.outcomes['push']).toBe('fail');
  });
});

describe('a data directory', () => {
  const isRoot = process.getuid?.() === 0;

  test('that is not there, and one that is a file', async () => {
    const url = await standIn(memoryRegistry().listener);
    const file = join(await folder(), 'file');
    await writeFile(file, '');
    const missing = await examined([url, '--data', join(file, '..', 'none')]);
    expect(missing.outcomes).toMatchObject({ push: 'ok', disk: 'fail', owner: 'fail' });
    expect(missing.words['owner']).toContain('no such directory');
    expect((await examined([url, '--data', file])).words['owner']).toContain('is not a directory');
  });

  (isRoot ? test : test.skip)('that belongs to another uid fails, with the chown to run', async () => {
    const data = await folder();
    const [url, config] = [await standIn(memoryRegistry().listener), await folder()];
    await Promise.all([chmod(data, 0o755), chmod(config, 0o755)]);
    const options = { env: { DOCKER_CONFIG: config, BERTH_PASSWORD: '' }, uid: 65_534 };
    const { code, stdout } = await berth(['doctor', url, '--push-size', '1', '--data', data], options).ended;
    expect(stdout).toContain(`uid 65534 cannot write to ${data}, which belongs to uid 0: permission denied`);
    expect(stdout).toMatch(new RegExp(`Run as root: chown -R 65534:\\d+ ${data}\n`));
    expect(code).toBe(1);
  });

  (isRoot ? test : test.skip)('whose folders belong to two users is warned of, with the chown', async () => {
    const data = await folder();
    const blobs = join(data, 'docker', 'registry', 'v2', 'blobs');
    await mkdir(blobs, { recursive: true });
    await chown(blobs, 4321, 4321);
    const { outcomes, words } = await examined([await standIn(memoryRegistry().listener), '--data', data]);
    expect(outcomes['owner']).toBe('warn');
    expect(words['owner']).toContain(`and ${blobs} to uid 4321`);
    expect(words['owner']).toContain(`chown -R 0:0 ${data}`);
  });
});

test.each([
  [['ftp://x'], /^berth: ftp:\/\/x is not the address of a registry/],
  [['https://u:p@x'], /^berth: https:\/\/…@x is not the address of a registry/],
  [['localhost', '--ca', '/nowhere.pem'], /^berth: --ca \/nowhere\.pem: no such file or directory/],
  [['localhost', '--push-size', '0'], /^berth: .*It must be a size from 1B to 10GiB, as in 64MiB\./],
  [
    ['localhost', '--repository', 'A'],
    /^berth: --repository A: is no name of a repository; it must be one as in alice\/berth-doctor\n$/,
  ],
  [['localhost', '--user', 'x'], /^berth: --user needs the password in BERTH_PASSWORD or on stdin/],
])('berth doctor %j is refused with what is allowed', async (args, line) => {
  const one: Berth = berth(['doctor', ...args], { env: { BERTH_PASSWORD: '' } });
  one.child.stdin?.end();
  const { code, stdout, stderr } = await one.ended;
  expect(stderr).toMatch(line);
  expect(stdout).toBe('');
  expect(code).toBe(1);
});

test('the flags in the documentation are those of the command', async () => {
  const { stdout } = await berth(['help', 'doctor']).ended;
  const documentation = await readFile(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
  const flags = (text: string) => [...new Set(text.match(/--[a-z][a-z-]+/g))].toSorted();
  expect(flags(documentation.split('## Flags')[1]?.split(/^## /m)[0] ?? '')).toEqual(
    flags(stdout.split('Options:')[1]?.split('\n\n')[0] ?? '').filter((flag) => flag !== '--help'),
  );
});

async function fileWith({ pem }: Authority): Promise<string> {
  const file = join(await folder(), 'ca.pem');
  await writeFile(file, pem);
  return file;
}

/** Paths in place of PEM texts. */
async function madeFiles(): Promise<{ readonly ca: string; readonly pair: Made }> {
  const made = await authority();
  const { cert, key } = await signedBy(made);
  const directory = await folder();
  const pair = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  await writeFile(pair.cert, cert);
  await writeFile(pair.key, key);
  return { ca: await fileWith(made), pair };
}

function page(status: number): RequestListener {
  return (incoming, response) => {
    incoming.resume();
    response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><title>Welcome</title>');
  };
}
