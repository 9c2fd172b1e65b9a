// What `berth serve` makes where it finds nothing, and what later starts make of it.

import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Access, compileRules, decide } from '@berth/acl';
import bcrypt from 'bcryptjs';
import { parseAuthFile } from '../src/config/auth-file.ts';
import { authFileText } from '../src/first-start/auth-file-text.ts';
import { type Berth, cleanUp, folder, serve } from './berth.ts';
import { ask } from './client.ts';

afterEach(cleanUp);

const printedPassword = /password {2}(\S+) {3}\(shown this once\)/;

async function loginStatus(one: Berth, user: string): Promise<number> {
  return (await ask(`${await one.url()}/v2/`, { user })).status;
}

test('the first start makes an account, prints its password once, and later starts know it', async () => {
  const data = join(await folder(), 'data');
  const first = await serve(['--data', data]);
  const password = (await first.said(printedPassword))[1];
  expect(await loginStatus(first, `admin:${password}`)).toBe(200);
  expect(await loginStatus(first, 'admin:wrong')).toBe(401);
  expect(await loginStatus(first, 'nobody:')).toBe(401);
  const { stdout } = await first.stop();
  expect(stdout).toMatch(/docker login 127\.0\.0\.1:PORT -u admin\n/);
  expect(stdout.split(password ?? '')).toHaveLength(2);

  const second = await serve(['--data', data]);
  expect(await loginStatus(second, `admin:${password}`)).toBe(200);
  expect((await second.stop()).stdout).not.toContain('password');
});

test('a token of the first start is good after the second', async () => {
  const data = join(await folder(), 'data');
  const env = { BERTH_ADMIN_PASSWORD: 'secret' };
  const first = await serve(['--data', data], { env });
  const login = await ask(`${await first.url()}/auth?service=berth&account=admin&offline_token=true`, {
    user: 'admin:secret',
  });
  const { token, refresh_token: refreshToken } = JSON.parse(login.text);
  await first.stop();
  const second = await serve(['--data', data], { env });
  const headers = { authorization: `Bearer ${token}` };
  expect((await ask(`${await second.url()}/v2/`, { headers })).status).toBe(200);
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    service: 'berth',
    client_id: 't',
    refresh_token: refreshToken,
  });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(
    (await ask(`${await second.url()}/auth`, { method: 'POST', headers: form, body: `${body}` })).status,
  ).toBe(200);
});

test("Berth's own files are in the folder berth, and only their owner reads them", async () => {
  const data = join(await folder(), 'data');
  await (await serve(['--data', data])).url();
  const own = join(data, 'berth');
  const files = (await readdir(own, { withFileTypes: true })).filter((entry) => entry.isFile());
  expect(files.map((entry) => entry.name).toSorted()).toEqual([
    'auth.yml',
    'refresh-token.secret',
    'token.key',
  ]);
  for (const { name } of files) expect((await stat(join(own, name))).mode & 0o777).toBe(0o600);
  expect((await stat(own)).mode & 0o777).toBe(0o700);
});

test('without --data everything is in ./berth-data', async () => {
  const cwd = await folder();
  const one = await serve(['--data', './berth-data'], { cwd });
  await one.url();
  expect(await readdir(cwd)).toEqual(['berth-data']);
});

describe('BERTH_ADMIN_PASSWORD', () => {
  test('is the first password, and is not printed', async () => {
    const one = await serve([], { env: { BERTH_ADMIN_PASSWORD: 'correct horse' } });
    expect(await loginStatus(one, 'admin:correct horse')).toBe(200);
    const { stdout, stderr } = await one.stop();
    expect(stdout).toContain('the one in BERTH_ADMIN_PASSWORD');
    expect(stdout + stderr).not.toContain('correct horse');
  });

  test('changes nothing later, and a line says so if it is another one', async () => {
    const data = join(await folder(), 'data');
    await (await serve(['--data', data], { env: { BERTH_ADMIN_PASSWORD: 'first' } })).url();
    const same = await serve(['--data', data], { env: { BERTH_ADMIN_PASSWORD: 'first' } });
    const other = await serve(['--data', data], { env: { BERTH_ADMIN_PASSWORD: 'other' } });
    await other.said(
      /warn {2}BERTH_ADMIN_PASSWORD is not the password of admin in \S+auth\.yml and changes nothing/,
    );
    expect(await loginStatus(other, 'admin:other')).toBe(401);
    expect(await loginStatus(other, 'admin:first')).toBe(200);
    expect(await loginStatus(same, 'admin:first')).toBe(200);
    expect((await same.stop()).stdout).not.toContain('BERTH_ADMIN_PASSWORD');
  });

  test('that is empty is not set', async () => {
    await (await serve([], { env: { BERTH_ADMIN_PASSWORD: '' } })).said(printedPassword);
  });

  test.each([
    ['x'.repeat(73), 'is longer than the 72 bytes'],
    ['a\nb', 'holds a control character'],
  ])('that bcrypt or a client cannot take is refused', async (password, reason) => {
    const { code, stderr } = await (await serve([], { env: { BERTH_ADMIN_PASSWORD: password } })).ended;
    expect(stderr).toMatch(new RegExp(`^berth: BERTH_ADMIN_PASSWORD ${reason}.*\n$`));
    expect(stderr).not.toContain(password);
    expect(code).toBe(1);
  });
});

test('of two first starts at once one makes the account, and both serve it', async () => {
  const data = join(await folder(), 'data');
  const both = await Promise.all([serve(['--data', data]), serve(['--data', data])]);
  await Promise.all(both.map((one) => one.url()));
  const passwords = both.flatMap((one) => printedPassword.exec(one.stdout)?.[1] ?? []);
  expect(passwords).toHaveLength(1);
  const tokens = await Promise.all(
    both.map(async (one) =>
      JSON.parse(
        (await ask(`${await one.url()}/auth?service=berth`, { user: `admin:${passwords[0]}` })).text,
      ),
    ),
  );
  for (const one of both) {
    for (const { token } of tokens) {
      const { status } = await ask(`${await one.url()}/v2/`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(status).toBe(200);
    }
  }
});

test('an account that was made is shown even if the start fails after it', async () => {
  const taken = await serve();
  const { port } = new URL(await taken.url());
  const data = join(await folder(), 'data');
  const failed = await serve(['--data', data, '--addr', `127.0.0.1:${port}`]);
  const { code, stdout } = await failed.ended;
  expect(code).toBe(1);
  const again = await serve(['--data', data]);
  expect(await loginStatus(again, `admin:${printedPassword.exec(stdout)?.[1]}`)).toBe(200);
});

test('with --log-format json every line is JSON, the new account too', async () => {
  const one = await serve(['--log-format', 'json']);
  await one.said(/"message":"listening"/);
  const lines = (await one.stop()).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ account: 'admin', password: expect.stringMatching(/^[a-z0-9-]{23}$/) });
  expect(lines[1]).toMatchObject({
    message: 'listening',
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
});

test('--storage inmemory writes nothing', async () => {
  const cwd = await folder();
  const one = await serve(['--storage', 'inmemory'], { cwd });
  expect(await loginStatus(one, `admin:${(await one.said(printedPassword))[1]}`)).toBe(200);
  expect(await readdir(cwd)).toEqual([]);
});

test('the file is edited by hand: an account that is added gets in at the next start', async () => {
  const data = join(await folder(), 'data');
  const first = await serve(['--data', data]);
  await first.url();
  await first.stop();
  const file = join(data, 'berth', 'auth.yml');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace('users:\n', `users:\n  alice: {password: "${bcrypt.hashSync('wonder', 4)}"}\n`),
  );
  const second = await serve(['--data', data]);
  expect(await loginStatus(second, 'alice:wonder')).toBe(200);
  await second.stop();
  await writeFile(file, text.replace('issuer:', 'isuer:'));
  const { code, stderr } = await (await serve(['--data', data])).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`${file}:10:3: token.isuer is not a known key; did you mean issuer?`);
});

describe('the rules of the first start', () => {
  const rules = compileRules(
    parseAuthFile('auth.yml', authFileText({ account: 'admin', passwordHash: '' })).acl,
  );
  const granted = (
    account: string,
    name: string,
    actions: readonly Access['actions'][number][],
    type = 'repository',
  ) => decide(rules, { account, type, name, service: 'berth', ip: '192.0.2.1', actions, labels: {} }).actions;

  test.each<[string, string, string[]]>([
    ['admin', 'any/thing', ['pull', 'push', 'delete']],
    ['alice', 'alice/app', ['pull', 'push', 'delete']],
    ['alice', 'alice/team/app', ['pull', 'push', 'delete']],
    ['alice', 'bob/app', ['pull']],
    ['alice', 'alice', ['pull']],
    ['alice', 'alicea/app', ['pull']],
    ['.*', 'bob/app', ['pull']],
    ['', 'alice/app', []],
    ['', '/app', []],
  ])('%j may do with %s: %j', (account, name, actions) => {
    expect(granted(account, name, ['pull', 'push', 'delete'])).toEqual(actions);
  });

  test('only the administrator gets the whole catalog', () => {
    expect(granted('admin', 'catalog', ['*'], 'registry')).toEqual(['*']);
    expect(granted('alice', 'catalog', ['*'], 'registry')).toEqual([]);
  });
});
