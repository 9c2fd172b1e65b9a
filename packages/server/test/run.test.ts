// `berth run -- COMMAND`: what the command finds, and what is left of it all.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { berth, cleanUp, folder } from './berth.ts';

afterEach(cleanUp);

/** Runs a script of Node as the command, with temporary files in a folder of its own. */
async function runScript(script: string, ...args: string[]) {
  const temporary = await folder();
  const one = berth(['run', '--', process.execPath, '--input-type=module', '-e', script, '--', ...args], {
    env: { TMPDIR: temporary },
  });
  return { one, left: () => readdir(temporary) };
}

test('the command finds a registry, and a login of somebody who may push', async () => {
  const { one, left } = await runScript(`
    import { readFileSync, statSync } from 'node:fs';
    const { BERTH_HOST: host, REGISTRY, DOCKER_CONFIG, REGISTRY_AUTH_FILE } = process.env;
    const file = DOCKER_CONFIG + '/config.json';
    const { auth } = JSON.parse(readFileSync(file, 'utf8')).auths[host];
    const ask = (headers, method, path) => fetch('http://' + host + path, { method, headers });
    const statuses = [
      await ask({}, 'GET', '/v2/'),
      await ask({ authorization: 'Basic ' + auth }, 'POST', '/v2/any/name/blobs/uploads/'),
    ].map(({ status }) => status);
    const mode = (statSync(file).mode & 0o777).toString(8);
    console.log(JSON.stringify({ host, same: host === REGISTRY && file === REGISTRY_AUTH_FILE, statuses, mode }));
  `);
  const { code, stdout, stderr } = await one.ended;
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    same: true,
    statuses: [401, 202],
    mode: '600',
  });
  expect(code).toBe(0);
  expect(await left()).toEqual([]);
  const { host } = JSON.parse(stdout);
  await expect(fetch(`http://${host}/v2/`)).rejects.toThrow();
});

test("the command's arguments and exit code are passed on", async () => {
  const { one, left } = await runScript(
    'console.log(process.argv.slice(1).join()); process.exitCode = 7;',
    '--help',
    '-x',
    'a b',
  );
  expect(await one.ended).toMatchObject({ code: 7, stdout: '--help,-x,a b\n', stderr: '' });
  expect(await left()).toEqual([]);
});

test('a signal is passed on, and waited for', async () => {
  const { one, left } = await runScript(`
    process.once('SIGTERM', () => { console.log('told'); process.exit(5); });
    setInterval(() => {}, 1000);
    console.log('ready');
  `);
  await one.said(/ready/);
  expect(await one.stop('SIGTERM')).toMatchObject({ code: 5, stdout: 'ready\ntold\n' });
  expect(await left()).toEqual([]);
});

test('a command that a signal ended has the exit code that a shell would have', async () => {
  const { one, left } = await runScript("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);");
  expect((await one.ended).code).toBe(137);
  expect(await left()).toEqual([]);
});

test('a command that is not there is named', async () => {
  const temporary = await folder();
  expect(existsSync('/nonexistent')).toBe(false);
  const { code, stderr } = await berth(['run', '--', '/nonexistent'], { env: { TMPDIR: temporary } }).ended;
  expect(stderr).toBe('berth: /nonexistent: cannot be run: no such file or directory\n');
  expect(code).toBe(1);
  expect(await readdir(temporary)).toEqual([]);
});
