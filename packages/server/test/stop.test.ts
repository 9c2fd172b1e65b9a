// The end of the process: SIGTERM and SIGINT.

import { cleanUp, serve } from './berth.ts';
import { ask, halfSent, open, readAll } from './client.ts';

afterEach(cleanUp);

const env = { BERTH_ADMIN_PASSWORD: 'secret' };
const admin = 'admin:secret';

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets a running upload finish, and ends with exit code 0',
  async (signal) => {
    const one = await serve([], { env });
    const url = await one.url();
    const { socket, rest } = await halfSent(url, admin);
    one.child.kill(signal);
    await one.said(/stopping; running transfers may finish/);
    await expect(open(url)).rejects.toThrow('ECONNREFUSED');
    const answer = readAll(socket);
    socket.write(rest);
    expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(await one.ended).toMatchObject({
      code: 0,
      signal: null,
      stdout: expect.stringMatching(/stopped\n$/),
    });
  },
);

test('--drain-timeout is how long it may take', async () => {
  const one = await serve(['--drain-timeout', '100ms'], { env });
  const { socket } = await halfSent(await one.url(), admin);
  const answer = readAll(socket);
  const { code, stdout } = await one.stop();
  expect(stdout).toContain('did not finish within the drain timeout');
  expect(code).toBe(0);
  expect(await answer).not.toContain('201');
});

test('a second signal stops at once', async () => {
  const one = await serve([], { env });
  await halfSent(await one.url(), admin);
  one.child.kill('SIGTERM');
  await one.said(/stopping; running transfers may finish/);
  expect((await one.stop('SIGINT')).code).toBe(0);
});

test('without a request it ends at once', async () => {
  const one = await serve([], { env });
  const url = await one.url();
  const silent = await open(url);
  await ask(`${url}/v2/`, { headers: { connection: 'keep-alive' } });
  expect((await one.stop()).code).toBe(0);
  await readAll(silent);
});
