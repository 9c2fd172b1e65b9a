// Wrong passwords: how long they take, how they are counted, what is remembered of right ones.
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, getPriority } from 'node:os';
import {
  BCRYPT_NICENESS,
  BCRYPT_THREADS,
  FREE_WRONG_PASSWORDS,
  RIGHT_PASSWORD_TTL_MS,
} from '../src/limits.ts';
import { closeAll, type House, hashOf, house, temporaryFile } from './support.ts';

afterEach(closeAll);

const HASH = hashOf('wonderland');

/** A house that takes the client's address from a header. */
const addressed = (options: Parameters<typeof house>[0] = {}) =>
  house({
    realIpHeader: 'X-Real-IP',
    users: { alice: { passwordHash: HASH }, bob: { passwordHash: HASH } },
    ...options,
  });

const login = ({ client }: House, password: string, account = 'alice', address = '192.0.2.1') =>
  client.get('/auth?service=registry').set('X-Real-IP', address).auth(account, password);

async function spendFree(built: House, account = 'alice', address = '192.0.2.1'): Promise<void> {
  for (let n = 0; n < FREE_WRONG_PASSWORDS; n++) {
    expect((await login(built, `guess ${n}`, account, address)).status).toBe(401);
  }
}

describe('repeated wrong passwords', () => {
  test('are answered 429 with Retry-After, in the words of the specification', async () => {
    const built = addressed();
    await spendFree(built);
    const response = await login(built, 'next guess');
    expect(response.status).toBe(429);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.body).toEqual({
      errors: [
        {
          code: 'TOOMANYREQUESTS',
          message: 'too many attempts to log in; try again in 1 s',
          detail: { retryAfterSeconds: 1 },
        },
      ],
    });
  });

  test('are slowed down more and more', async () => {
    const built = addressed();
    await spendFree(built);
    for (const seconds of ['1', '2', '4', '8']) {
      const response = await login(built, 'guess');
      expect(response.headers['retry-after']).toBe(seconds);
      built.clock.now += Number(seconds) * 1000;
      expect((await login(built, 'guess')).status).toBe(401);
    }
  });

  test('hold back the right one too, as long as it lasts, and only there', async () => {
    const built = addressed();
    await spendFree(built);
    expect((await login(built, 'wonderland')).status).toBe(429);
    expect((await login(built, 'wonderland', 'alice', '192.0.2.2')).status).toBe(200);
    expect((await login(built, 'wonderland', 'bob')).status).toBe(200);
    built.clock.now += 1000;
    expect((await login(built, 'wonderland', 'alice', '192.0.2.1')).status).toBe(200);
  });

  test('hold back nobody who logged in before them', async () => {
    const built = addressed();
    await login(built, 'wonderland').expect(200);
    await spendFree(built);
    expect((await login(built, 'guess')).status).toBe(429);
    expect((await login(built, 'wonderland')).status).toBe(200);
  });

  test('are slowed down for an account that does not exist as for one that does', async () => {
    const built = addressed();
    await spendFree(built, 'nobody');
    expect((await login(built, 'guess', 'nobody')).status).toBe(429);
  });

  test('are counted over all ways to log in', async () => {
    const built = addressed();
    const ask = { account: 'alice', service: 'registry', scopes: [], address: '192.0.2.1' };
    for (let n = 0; n < FREE_WRONG_PASSWORDS; n += 2) {
      expect(await built.auth.grantForPassword({ ...ask, password: `direct ${n}` })).toEqual({
        outcome: 'refused',
      });
      await login(built, `guess ${n}`).expect(401);
    }
    expect(await built.auth.grantForPassword({ ...ask, password: 'x' })).toEqual({
      outcome: 'slow-down',
      retryAfterSeconds: 1,
    });
    const grant = {
      grant_type: 'password',
      username: 'alice',
      password: 'x',
      service: 'registry',
      client_id: 'c',
    };
    const post = built.client
      .post('/auth')
      .set('X-Real-IP', '192.0.2.1')
      .send(new URLSearchParams(grant).toString());
    const response = await post.expect(429);
    expect(response.body).toMatchObject({
      error: 'temporarily_unavailable',
      errors: [{ code: 'TOOMANYREQUESTS' }],
    });
  });

  test('that come at once do not slip under the count', async () => {
    const built = addressed();
    const guesses = Array.from({ length: 60 }, (_, n) => login(built, `guess ${n}`));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(FREE_WRONG_PASSWORDS);
    expect(statuses.filter((status) => status === 429)).toHaveLength(60 - FREE_WRONG_PASSWORDS);
  });

  test('leave the count to right ones that come at once: they are one check', async () => {
    const built = addressed();
    const logins = Array.from({ length: 60 }, () => login(built, 'wonderland'));
    const statuses = (await Promise.all(logins)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

/** A thread that fails with what it was asked, except for the password. */
const TELLTALE = `
  require('node:worker_threads').parentPort.on('message', ({ password, ...job }) => {
    throw new Error(JSON.stringify(job));
  });
`;

test('a wrong password takes the time of the dearest hash, whether its own is cheaper or there is no account', async () => {
  const [cheap, dear] = [hashOf('x', '$2y$', 4), hashOf('x', '$2y$', 5)];
  const htpasswdFile = temporaryFile(`filed:${hashOf('x', '$2y$', 6)}\n`);
  const users = {
    cheap: { passwordHash: cheap },
    dear: { passwordHash: dear },
    locked: { passwordHash: '!' },
  };
  const { auth } = addressed({ users, htpasswdFile, bcryptProgram: { source: TELLTALE } });
  const jobFor = async (account: string, password = 'guess') => {
    const ask = { account, password, address: '', service: '', scopes: [] };
    const failure = await auth.grantForPassword(ask).catch((error: Error) => error.cause);
    return JSON.parse(String((failure as Error).message));
  };
  expect(await jobFor('cheap')).toEqual({ hash: cheap, fillToCost: 6 });
  expect(await jobFor('dear')).toEqual({ hash: dear, fillToCost: 6 });
  for (const account of ['nobody', 'locked', '']) expect(await jobFor(account)).toEqual({ fillToCost: 6 });
  expect(await jobFor('cheap', 'x'.repeat(2000))).toEqual({ fillToCost: 6 });
  expect(await jobFor('cheap', 'x\0x')).toEqual({ fillToCost: 6 });
});

describe('a right password', () => {
  test('is remembered for five minutes, and is then checked again', async () => {
    // A thread whose answers are: yes, and from then on no.
    const source = `
      const { parentPort } = require('node:worker_threads');
      let first = true;
      parentPort.on('message', () => { parentPort.postMessage(first); first = false; });
    `;
    const built = addressed({ bcryptProgram: { source } });
    await login(built, 'wonderland').expect(200);
    built.clock.now += RIGHT_PASSWORD_TTL_MS - 1;
    await login(built, 'wonderland').expect(200);
    await login(built, 'wonderland', 'alice', '192.0.2.99').expect(200);
    built.clock.now += 2;
    await login(built, 'wonderland').expect(401);
    expect(RIGHT_PASSWORD_TTL_MS).toBe(5 * 60_000);
  });

  test('is remembered for its account alone', async () => {
    const users = { alice: { passwordHash: HASH }, bob: { passwordHash: hashOf('builder') } };
    const built = addressed({ users });
    await login(built, 'wonderland').expect(200);
    await login(built, 'wonderland', 'bob').expect(401);
    await login(built, 'wonderlan').expect(401);
  });
});

describe('the threads', () => {
  const silent = { source: `require('node:worker_threads').parentPort.on('message', () => {})` };
  const asker = (built: House) => (n: number) =>
    built.auth.grantForPassword({ account: `a${n}`, password: 'x', address: '', service: '', scopes: [] });

  test('have a bounded queue: who finds it full is told to come back, and is not counted', async () => {
    const built = addressed({ bcryptProgram: silent });
    const ask = asker(built);
    const answers = Array.from({ length: 300 }, (_, n) => ask(n).catch((error: Error) => error.message));
    const last = await answers.at(-1);
    expect(last).toEqual({ outcome: 'slow-down', retryAfterSeconds: 1 });
    await built.auth.close();
    const settled = await Promise.all(answers);
    const busy = settled.filter((answer) => typeof answer !== 'string');
    expect(busy.length).toBeGreaterThan(0);
    expect(settled.length - busy.length).toBeGreaterThanOrEqual(257); // 256 wait, at least one runs
  });

  test('end with close, and what they were asked fails', async () => {
    const built = addressed({ bcryptProgram: silent });
    const asked = asker(built)(1);
    await Promise.all([expect(asked).rejects.toThrow(), built.auth.close()]);
    await expect(asker(built)(2)).rejects.toThrow('the password check is closed');
  });

  test('are replaced when one dies, whose question is a 500 that tells nothing of why', async () => {
    const dying = {
      source: `require('node:worker_threads').parentPort.on('message', () => { throw new Error('secret cause') })`,
    };
    const built = addressed({ bcryptProgram: dying });
    for (let n = 0; n < 3; n++) {
      const response = await login(built, 'wonderland');
      expect(response.status).toBe(500);
      expect(response.body.errors).toEqual([
        { code: 'UNKNOWN', message: 'the token server failed; its log says why' },
      ]);
    }
    expect(built.events.map((event) => event.kind === 'token' && event.cause)).toEqual(
      Array(3).fill(expect.anything()),
    );
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('give way to the thread that answers, and are no more than processors', async () => {
    const before = nicenessOfThreads();
    const built = addressed();
    const asked = Array.from({ length: 20 }, (_, n) => asker(built)(n));
    await Promise.all(asked);
    const started = nicenessOfThreads().filter((niceness) => niceness === BCRYPT_NICENESS).length;
    expect(before).not.toContain(BCRYPT_NICENESS);
    expect(started).toBe(Math.min(BCRYPT_THREADS, availableParallelism()));
    expect(getPriority()).toBe(0);
  });
});

/** Of this process, by proc(5): the 19th field of a thread's stat, counted after the name, which may hold spaces. */
function nicenessOfThreads(): number[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    } catch {
      return []; // it ended between the two calls
    }
  });
}
