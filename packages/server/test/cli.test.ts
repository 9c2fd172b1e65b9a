// The small commands: version, help, healthcheck.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { version } from '../src/version.ts';
import { berth, cleanUp, folder, serve } from './berth.ts';
import { writeKeyPair } from './certificates.ts';

afterEach(cleanUp);

test('berth version is the version of the package', async () => {
  const { version: declared } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(version).toBe(declared);
  const { code, stdout } = await berth(['version']).ended;
  expect(stdout).toMatch(new RegExp(`^berth ${declared} `));
  expect(code).toBe(0);
});

test.each([[], ['--help'], ['help']])('berth %s lists the commands', async (...args) => {
  const { code, stdout } = await berth(args).ended;
  for (const name of ['serve', 'registry', 'auth', 'config', 'healthcheck', 'doctor', 'run', 'version'])
    expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  expect(code).toBe(0);
});

test.each(['serve', 'registry', 'auth', 'config', 'healthcheck', 'doctor', 'run', 'version'])(
  'berth help %s ends with an example',
  async (name) => {
    const { code, stdout } = await berth(['help', name]).ended;
    expect(stdout).toMatch(new RegExp(`Examples?:\n {2}\\$ berth ${name}`));
    expect((await berth([name, '--help']).ended).stdout).toBe(stdout);
    expect(code).toBe(0);
  },
);

describe('berth healthcheck', () => {
  test('says yes to a registry that asks for a password, with and without /v2/', async () => {
    const url = await (await serve()).url();
    expect(await berth(['healthcheck', url]).ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await berth(['healthcheck', `${url}/v2/`]).ended).code).toBe(0);
  });

  test('takes any certificate at localhost', async () => {
    const { certificate, key } = await writeKeyPair(await folder());
    const url = await (await serve(['--tls-cert', certificate, '--tls-key', key])).url();
    expect(url).toMatch(/^https:/);
    expect((await berth(['healthcheck', url]).ended).code).toBe(0);
  });

  test.each([
    ['http://127.0.0.1:1', /^berth: not healthy: http:\/\/127\.0\.0\.1:1\/v2\/ refused the connection/],
    ['http://nowhere.invalid', /^berth: not healthy: .*has a host name without an address\n$/],
    ['localhost:5000', /^berth: localhost:5000 is not the URL of a registry/],
  ])('says no to %s, and why', async (url, line) => {
    const { code, stderr } = await berth(['healthcheck', url]).ended;
    expect(stderr).toMatch(line);
    expect(code).toBe(1);
  });

  test('says no to a server that is no registry', async () => {
    const server = createServer((_request, response) => response.writeHead(503).end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await berth(['healthcheck', `http://127.0.0.1:${port}`]).ended;
    server.close();
    expect(stderr).toContain('answered 503, not 200 or 401');
    expect(code).toBe(1);
  });
});
