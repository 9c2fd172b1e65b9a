// The small commands: version, help, healthcheck.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createProgram } from '../src/cli.ts';
import { commandWords, everyCommand } from '../src/completion/command-words.ts';
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

/** Of every command, those of a command too, without the program's name. */
const commands = everyCommand(commandWords(createProgram(() => undefined)))
  .map(({ path }) => path.slice(1))
  .filter((path) => path.length > 0);

test.each([[], ['--help'], ['help']])('berth %s lists the commands', async (...args) => {
  const { code, stdout } = await berth(args).ended;
  const listed = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  expect(listed).toEqual(commands.filter((path) => path.length === 1).flat());
  for (const name of ['serve', 'registry', 'auth', 'cert', 'config', 'completion'])
    expect(listed).toContain(name);
  expect(code).toBe(0);
});

test.each(commands.map((path) => [path.join(' '), path] as const))(
  'berth help %s ends with an example',
  async (words, path) => {
    const { code, stdout } = await berth(['help', ...path]).ended;
    expect(stdout).toMatch(new RegExp(`^Examples?:\n {2}\\$ (?:.* )?berth ${words}`, 'm'));
    expect((await berth([...path, '--help']).ended).stdout).toBe(stdout);
    expect(code).toBe(0);
  },
);

test.each<[string[], RegExp]>([
  [['serv'], /^berth: unknown command 'serv' \(Did you mean serve\?\)\n$/],
  [['config', 'chek', 'x'], /^berth: unknown command 'chek' \(Did you mean check\?\)\n$/],
  [['cert', '--prot', '5'], /^berth: unknown option '--prot' \(Did you mean --port\?\)\n$/],
  [['help', 'srve'], /^berth: unknown command 'srve' \(Did you mean serve\?\)\n$/],
  [['help', 'config', 'prnt'], /^berth: unknown command 'prnt' \(Did you mean print\?\)\n$/],
  [['xyzzy'], /^berth: unknown command 'xyzzy'; `berth help` and `berth help COMMAND` list what there is\n$/],
  [
    ['completion', 'csh'],
    /^berth: .*'csh' is invalid for argument 'SHELL'\. Allowed choices are bash, zsh, fish, powershell\.\n$/,
  ],
])('berth %j is told what is nearest, or there', async (args, line) => {
  const { code, stdout, stderr } = await berth(args).ended;
  expect(stderr).toMatch(line);
  expect([code, stdout]).toEqual([1, '']);
});

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
