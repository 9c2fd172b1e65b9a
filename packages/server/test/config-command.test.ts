// `berth config check` and `berth config print`.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { parse } from 'yaml';
import { berth, cleanUp, folder } from './berth.ts';
import { type KeyPairPaths, writeKeyPair } from './certificates.ts';

afterEach(cleanUp);

interface Pair {
  readonly registry: string;
  readonly auth: string;
  readonly keys: KeyPairPaths;
  readonly hash: string;
}

/** Two files that belong together; `issuer` and `rule` are the auth server's. */
async function filesOf(issuer = 'Acme', rule = '{account: admin}', more = ''): Promise<Pair> {
  const directory = await folder();
  const keys = await writeKeyPair(directory, 'auth');
  const hash = bcrypt.hashSync('secret', 4);
  const [registry, auth] = [join(directory, 'config.yml'), join(directory, 'auth.yml')];
  const token = `realm: https://auth.example/auth, service: Registry, issuer: Acme, rootcertbundle: ${keys.certificate}`;
  await writeFile(registry, `version: 0.1\nstorage: {inmemory: }\nauth: {token: {${token}}}\n${more}`);
  await writeFile(
    auth,
    `server: {addr: ":5001"}
token: {issuer: ${issuer}, expiration: 900, certificate: ${keys.certificate}, key: ${keys.key}}
users: {admin: {password: "${hash}"}}
acl: [{match: ${rule}, actions: ["*"]}]
`,
  );
  return { registry, auth, keys, hash };
}

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  berth(['config', ...args], { env }).ended;

test('check tells what each file is, and what Berth does not do of it', async () => {
  const { registry, auth } = await filesOf('Acme', '{account: admin}', 'redis: {addr: x}\n');
  const { code, stdout, stderr } = await run(['check', registry, auth]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    `${registry}: a configuration of distribution; no mistakes
  ${registry}:4: redis is ignored: Berth needs no Redis
${auth}: a configuration of docker_auth; no mistakes
`,
  );
});

test('check tells what clients will stumble over in a certificate', async () => {
  const directory = await folder();
  const { certificate, key } = await writeKeyPair(directory);
  const file = join(directory, 'config.yml');
  const tls = `{certificate: ${certificate}, key: ${key}}`;
  await writeFile(file, `version: 0.1\nstorage: inmemory\nhttp: {host: "https://a.example", tls: ${tls}}\n`);
  const { code, stdout } = await run(['check', file]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /no mistakes\n {2}the TLS certificate expires on .*\n {2}the TLS certificate is for .*, and not for a\.example, /,
  );
});

test.each([
  ['issuers', 'Other', '{account: admin}', /auth\.token\.issuer is "Acme" and token\.issuer "Other"/],
  ['services', 'Acme', '{service: "Other*"}', /no rule of acl is for the service "Registry"/],
])('check finds %s that contradict each other', async (_, issuer, rule, line) => {
  const { registry, auth } = await filesOf(issuer, rule);
  const { code, stderr } = await run(['check', registry, auth]);
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(line)]);
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: docker_auth's own placeholder
test.each(['{service: "Reg*"}', '{service: "/^R/"}', '{service: "${account}"}'])(
  'check takes a rule for the service of the registry: %s',
  async (rule) => {
    const { registry, auth } = await filesOf('Acme', rule);
    expect(await run(['check', registry, auth])).toMatchObject({ code: 0, stderr: '' });
  },
);

test('check tells the mistakes of all files at once, also in those that they name', async () => {
  const { registry, auth, keys } = await filesOf('Acme', '{acount: x}', 'hhtp: 1\n');
  const third = join(registry, '..', 'third.yml');
  await writeFile(third, 'a: 1\n');
  const fourth = join(registry, '..', 'fourth.yml');
  await writeFile(
    fourth,
    `version: 0.1\nstorage: inmemory\nhttp: {tls: {certificate: ${keys.certificate}, key: /no.key}}\n`,
  );
  const { code, stderr } = await run(['check', registry, auth, third, fourth, join(third, 'x')]);
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/config\.yml:4:1: hhtp is not a known key; did you mean http\?$/),
    expect.stringMatching(
      /auth\.yml:4:16: acl\[0\]\.match\.acount is not a known key; did you mean account\?$/,
    ),
    expect.stringMatching(/third\.yml: is neither a configuration of distribution/),
    expect.stringMatching(/TLS key \/no\.key: cannot be read/),
    expect.stringMatching(/third\.yml\/x: cannot be read/),
  ]);
});

test('print shows file, environment and defaults, each told, and can be served again', async () => {
  const { registry } = await filesOf(
    'Acme',
    '{}',
    'http: {addr: ":5002", secret: s3cret, headers: {Set-Cookie: [a=s3cret]}, host: "https://me:s3cret@x.example"}\nredis: {password: s3cret}\n',
  );
  const { code, stdout, stderr } = await run(['print', registry], { REGISTRY_LOG_LEVEL: 'debug' });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).not.toContain('s3cret');
  expect(stdout).toMatch(/^ {2}level: debug # REGISTRY_LOG_LEVEL$/m);
  expect(stdout).toMatch(/^ {2}addr: :5002$/m);
  expect((await run(['print', registry])).stdout).toMatch(/^ {2}level: info # default$/m);
  expect(stdout).toMatch(/^ {2}draintimeout: 60s # default$/m);
  expect(stdout).toMatch(/^version: 0\.1$/m);
  expect(parse(stdout)).toMatchObject({
    version: 0.1,
    berth: { workers: 1, durability: 'durable', trustedproxies: ['127.0.0.0/8', '::1/128'] },
    storage: {
      inmemory: {},
      delete: { enabled: false },
      maintenance: { uploadpurging: { age: '604800s', interval: '86400s' } },
    },
    auth: { token: { issuer: 'Acme', autoredirect: false } },
  });
  expect(parse(stdout).http.headers).toEqual({ 'Set-Cookie': ['(hidden)'] });
  const again = join(await folder(), 'again.yml');
  await writeFile(again, stdout.replace(/^ +host: .*$/m, ''));
  expect(await run(['check', again])).toMatchObject({ code: 0, stderr: '' });
});

test('print shows a text as one that is read as the same', async () => {
  const texts = {
    empty: '',
    unset: 'null',
    tilde: '~',
    number: '0123',
    colon: 'a: b',
    hash: 'a #b',
    yes: 'yes',
  };
  const file = join(await folder(), 'config.yml');
  await writeFile(file, JSON.stringify({ version: '0.1', storage: 'inmemory', log: { fields: texts } }));
  const { stdout } = await run(['print', file]);
  expect(parse(stdout, { schema: 'failsafe' }).log.fields).toEqual(texts);
  const again = join(await folder(), 'again.yml');
  await writeFile(again, stdout);
  expect((await run(['print', again])).stdout).toContain(
    stdout.split('\n  fields:')[1]?.split('\n  accesslog')[0] ?? 'none',
  );
});

test('print hides the passwords of a docker_auth file', async () => {
  const { auth, hash } = await filesOf();
  const { code, stdout } = await run(['print', auth]);
  expect(code).toBe(0);
  expect(stdout).not.toContain(hash);
  expect(stdout).toMatch(/^ {2}path_prefix: "" # default$/m);
  expect(parse(stdout)).toMatchObject({
    server: { addr: ':5001' },
    token: { issuer: 'Acme', expiration: 900 },
    users: { admin: { password: '(hidden)' } },
    acl: [{ match: { account: 'admin' }, actions: ['*'] }],
  });
});
