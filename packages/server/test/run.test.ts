// `berth run -- COMMAND`: what the command finds, and what is left of it.

import { existsSync } from 'node:fs';
import { berth, cleanUp } from './berth.ts';

afterEach(cleanUp);

const login = `
  const { auths } = JSON.parse(require('fs').readFileSync(process.env.DOCKER_CONFIG + '/config.json'));
  const host = process.env.REGISTRY;
  const headers = { authorization: 'Basic ' + auths[host].auth };
  fetch('http://' + host + '/v2/_catalog', { headers }).then(({ status }) => {
    console.log(JSON.stringify({ status, same: host === process.env.BERTH_HOST, folder: process.env.DOCKER_CONFIG, host }));
  });`;

test('the command finds a registry and an account that may do everything, and nothing is left of them', async () => {
  const { code, stdout, stderr } = await berth(['run', '--', process.execPath, '-e', login]).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { status, same, folder, host } = JSON.parse(stdout);
  expect({ status, same }).toEqual({ status: 200, same: true });
  expect(existsSync(folder)).toBe(false);
  await expect(fetch(`http://${host}/v2/`)).rejects.toThrow();
});

test("the command's exit code is passed on, and a signal's number as shells do", async () => {
  expect((await berth(['run', '--', 'sh', '-c', 'exit 7']).ended).code).toBe(7);
  expect((await berth(['run', '--', 'sh', '-c', 'kill -KILL $$']).ended).code).toBe(137);
});

test('a signal is passed on to the command, whose answer counts', async () => {
  const waiting = `process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('waits\\n')`;
  const running = berth(['run', '--', process.execPath, '-e', waiting]);
  await running.said(/waits\n/);
  expect((await running.stop('SIGTERM')).code).toBe(9);
});

test('a command that is not there is named', async () => {
  const { code, stderr } = await berth(['run', '--', '/not/there']).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^berth: \/not\/there: cannot be run: /);
});
