/** The binary that `pnpm build` made: everything that lies elsewhere in a single file is used once, by a real client. */

import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crane } from '../clients/crane.ts';
import { usualPeople } from '../harness/accounts.ts';
import { Berth } from '../harness/berth.ts';
import type { BerthProgram } from '../harness/berth-program.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import { layoutOf, MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { findProgram } from '../harness/programs.ts';
import { pushBlob } from '../harness/slow-transfer.ts';
import type { Suite } from '../harness/suite.ts';
import { expectPulled } from './scene.ts';

export const binary: Suite = {
  name: 'binary',
  needs: ['berth-binary', 'crane'],
  cases: [
    { name: 'says its version, and names a command that it does not know', run: commands },
    { name: 'makes a CA and a certificate of it', run: certificate },
    { name: 'starts by itself in an empty folder, and is healthy', run: firstStart },
    ...[1, 2].map((workers) => ({
      name: `takes and gives an image with ${workers} ${workers === 1 ? 'process' : 'workers'}`,
      run: (place: Place) => pushAndPull(place, workers),
    })),
    { name: 'gives a command a registry of its own, with a login that a client finds', run: runCommand },
  ],
};

function program(): BerthProgram {
  const file = findProgram('berth-binary');
  if (file === undefined) throw new Error('the binary was there when the suite began');
  return { file, args: [] };
}

/** Nothing but the file: no PATH, no Node, no folder of sources. */
const NOTHING = { PATH: '/nonexistent' };

async function commands(place: Place): Promise<string> {
  const version = await place.run('berth-binary', ['version'], { env: NOTHING });
  expectThat(/^berth \d+\.\d+\.\d+ \(node v26\./.test(version.stdout), `a version: ${version.stdout}`);
  expectFailure(await place.attempt('berth-binary', ['server'], { env: NOTHING }), /Did you mean serve/);
  return version.stdout.trim();
}

/** What the command needs is loaded when it runs: it has to be in the file. */
async function certificate(place: Place): Promise<undefined> {
  const folder = place.dir('tls');
  await place.run('berth-binary', ['cert', 'registry.lan', '--out', folder], { env: NOTHING });
  const [own, authority] = ['cert.pem', 'ca.pem'].map(
    (file) => new X509Certificate(readFileSync(join(folder, file))),
  );
  expectThat(own?.checkHost('registry.lan') === 'registry.lan', 'it is for the name');
  expectThat(authority !== undefined && own?.verify(authority.publicKey) === true, 'the CA signed it');
}

async function firstStart(place: Place): Promise<undefined> {
  const berth = await Berth.start(place, { program: program(), env: NOTHING });
  const password = /"password":"([^"]+)"/.exec(berth.daemon.lines.join('\n'))?.[1];
  if (password === undefined) throw new Error(`no password was printed:\n${berth.daemon.tail(20)}`);
  await place.run('berth-binary', ['healthcheck', berth.url], { env: NOTHING });
  const client = crane.open(place, berth);
  succeeded(await client.login({ name: 'admin', password }));
  await berth.daemon.stop();
  expectFailure(await place.attempt('berth-binary', ['healthcheck', berth.url]), /refused the connection/);
}

async function pushAndPull(place: Place, workers: number): Promise<undefined> {
  const { authFile, alice } = usualPeople();
  const args = ['--workers', String(workers)];
  const berth = await Berth.start(place, { program: program(), authFile, args, env: NOTHING });
  const client = crane.open(place, berth);
  succeeded(await client.login(alice));
  // What is small is answered out of memory, what is large by sendfile.
  const image = await makeImage(place, 'app', [1000, 32 * MIB]);
  const reference = `${berth.host}/alice/app:1`;
  succeeded(await client.push(image, reference));
  await expectPulled(place, client, reference, image);
  if (workers === 1) {
    await pushBlob(berth, alice, 'alice/app', 8 * MIB);
    expectThreads(berth.daemon.pid, ['bcrypt', 'hash']);
  }
  expectThat((await berth.daemon.stop()) === 0, 'it stops with exit code 0');
}

/** `berth run`: crane is told the registry by its variable, and finds its login without being told. */
async function runCommand(place: Place): Promise<undefined> {
  const layout = await layoutOf(place, await makeImage(place, 'app', [1000, MIB]));
  const script = '"$1" push "$2" "$REGISTRY/any/app:1" && "$1" ls "$BERTH_HOST/any/app" && exit 7';
  const command = ['sh', '-c', script, 'sh', findProgram('crane') ?? 'crane', layout];
  const finished = await place.attempt('berth-binary', ['run', '--', ...command]);
  expectThat(finished.code === 7, `the exit code is the command's: ${finished.code} ${finished.stderr}`);
  expectThat(finished.stdout.endsWith('\n1\n'), `the tag is listed: ${finished.stdout}`);
}

/** An upload that comes alone is hashed by a thread, or does without it: only its name tells that it was there. */
function expectThreads(pid: number | undefined, names: readonly string[]): void {
  const tasks = `/proc/${pid}/task`;
  const running = readdirSync(tasks).map((id) => readFileSync(join(tasks, id, 'comm'), 'utf8').trim());
  for (const name of names)
    expectThat(running.includes(name), `the thread ${name} runs: ${running.join(', ')}`);
}
