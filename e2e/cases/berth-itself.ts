/** Berth's own promises, as a newcomer and an administrator meet them: no client but Node's and curl. */
import { join } from 'node:path';
import { newAccount, usualPeople } from '../harness/accounts.ts';
import { get } from '../harness/api.ts';
import { Berth } from '../harness/berth.ts';
import { berthProgram } from '../harness/berth-program.ts';
import { expectThat } from '../harness/expect.ts';
import { MIB } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { pausedDownload, pausedUpload, pushBlob } from '../harness/slow-transfer.ts';
import type { Suite } from '../harness/suite.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export const berthItself: Suite = {
  name: 'berth',
  needs: ['curl', 'git', 'npx', 'htpasswd'],
  cases: [
    {
      name: 'starts in an empty folder and lets admin in with the password it prints, once',
      run: firstStart,
    },
    { name: 'serves from a fresh clone by one command', run: freshClone, limitMs: 600_000 },
    { name: 'takes a password hash that htpasswd made', run: htpasswdHash },
    { name: 'finishes what is being transferred when it is told to stop', run: gracefulStop },
    { name: 'says in one line that its port is taken, and exits with 1', run: portTaken },
  ],
};

async function firstStart(place: Place): Promise<undefined> {
  const berth = await Berth.start(place);
  const password = printedPassword(berth.daemon.lines);
  if (password === undefined) throw new Error(`no password was printed:\n${berth.daemon.tail(20)}`);
  await expectIn(place, berth, `admin:${password}`, '200');
  await expectIn(place, berth, `admin:${password}x`, '401');
  await berth.daemon.stop();
  await berth.startAgain();
  await expectIn(place, berth, `admin:${password}`, '200');
  expectThat(printedPassword(berth.daemon.lines) === undefined, 'the second start prints no password');
}

/** The password in the log's own format, whichever that is. */
function printedPassword(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const found = /"password":"([^"]+)"|^\s*password\s+(\S+)/.exec(line);
    if (found !== null) return found[1] ?? found[2];
  }
  return undefined;
}

async function expectIn(place: Place, berth: Berth, userAndPassword: string, status: string): Promise<void> {
  const args = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-u', userAndPassword, `${berth.url}/v2/`];
  const answer = succeeded(await place.attempt('curl', args)).stdout;
  expectThat(answer === status, `/v2/ answers ${status} (it was ${answer})`);
}

/** How docker_auth's users make theirs. */
async function htpasswdHash(place: Place): Promise<undefined> {
  const { authFile, alice } = usualPeople();
  const { stdout } = await place.run('htpasswd', ['-nbB', '-C', '4', alice.name, alice.password]);
  const password = stdout.trim().slice(`${alice.name}:`.length);
  const berth = await Berth.start(place, {
    authFile: { ...authFile, users: { [alice.name]: { password } } },
  });
  await expectIn(place, berth, `${alice.name}:${alice.password}`, '200');
  await expectIn(place, berth, `${alice.name}:${alice.password}x`, '401');
}

/** What a package script adds to the environment; pnpm's own tells a script that is run by it to install nothing. */
const OF_SCRIPTS = /^npm_(?!config_)|^pnpm_|^PATH$|^NODE$/i;

/** The person's: how npm reaches its registry (proxies, certificates, caches) is theirs to say. */
function ownEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !OF_SCRIPTS.test(name));
  return Object.fromEntries(own.map(([name, value]) => [name, value ?? '']));
}

/** What the README tells a newcomer to type, in a clone that has no dependencies yet. */
async function freshClone(place: Place): Promise<undefined> {
  const clone = join(place.folder, 'clone');
  await place.run('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone]);
  const { password } = newAccount('admin');
  const env = { ...ownEnvironment(), BERTH_ADMIN_PASSWORD: password };
  const daemon = place.startProgram('npx', ['-y', 'pnpm@12', 'start', '--addr', '127.0.0.1:0'], env, clone);
  const host = await daemon.lineThat(
    (line) => /listening\b.*?http:\/\/([\w.]+:\d+)/.exec(line)?.[1],
    500_000,
  );
  const answer = await get({ host, certificate: undefined }, { name: 'admin', password }, '_catalog');
  expectThat(answer.status === 200, `admin may list the catalog (${answer.status})`);
}

async function gracefulStop(place: Place): Promise<undefined> {
  const admin = newAccount('admin');
  const berth = await Berth.start(place, { env: { BERTH_ADMIN_PASSWORD: admin.password } });
  const blob = await pushBlob(berth, admin, 'admin/app', 64 * MIB);
  const download = await pausedDownload(berth, admin, 'admin/app', blob);
  const upload = await pausedUpload(berth, admin, 'admin/app', 32 * MIB);
  berth.daemon.signal('SIGTERM');
  await berth.daemon.lineThat((line) => (line.includes('SIGTERM') ? true : undefined), 10_000);
  const refused = await get(berth, admin, '').then(
    () => false,
    () => true,
  );
  expectThat(refused, 'no new connection is taken while it stops');
  expectThat((await download.finish()) === blob.digest, 'the download is whole');
  expectThat((await upload.finish()) === 201, 'the upload is acknowledged');
  expectThat((await berth.daemon.end(20_000)) === 0, 'it exits with 0');
  await berth.startAgain();
  const uploaded = await get(berth, admin, `admin/app/blobs/${upload.digest}`);
  expectThat(uploaded.status === 200, 'the uploaded blob is there after the next start');
  await uploaded.body?.cancel();
}

async function portTaken(place: Place): Promise<string> {
  const berth = await Berth.start(place);
  const { file, args } = berthProgram();
  const second = place.start('the second berth', file, [
    ...args,
    'serve',
    '--addr',
    berth.host,
    '--data',
    place.dir('other'),
  ]);
  const code = await second.end(20_000);
  const complaints = second.lines.filter((line) => line.startsWith('berth:'));
  expectThat(code === 1, `it exits with 1 (${code})`);
  expectThat(
    complaints.length === 1 && (complaints[0]?.includes(berth.host) ?? false),
    `one line names the address:\n${second.tail(20)}`,
  );
  expectThat(!second.lines.some((line) => /^\s+at /.test(line)), 'no stack trace');
  return complaints[0] ?? '';
}
