/**
 * Data directories that can't be used, on real file systems: a start ends with one line that says what and what to do, and
 * leaves nothing behind. What the line says to run is run.
 */
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { berthProgram } from '../harness/berth-program.ts';
import { expectThat } from '../harness/expect.ts';
import type { Finished } from '../harness/finished.ts';
import { machineNeeds, moveToMachine } from '../harness/machine.ts';
import type { Place } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';

const USER_ID = 65532;
const START_LIMIT_MS = 30_000;

export const badDisks: Suite = {
  name: 'bad-disks',
  needs: [...machineNeeds, 'mount', 'setpriv'],
  needsRoot: true,
  cases: [
    { name: 'a disk that is full stops the start', run: full },
    { name: 'a file system that is read-only stops the start', run: readOnly },
    { name: "a volume of another user's stops the start, until what it says was run", run: foreign },
  ],
};

async function full(place: Place): Promise<string> {
  await moveToMachine(place);
  const folder = place.dir('full');
  await place.run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder]);
  await place.run('sh', ['-c', `head -c 64k /dev/zero >'${folder}/all'`]);
  const refused = await attempt(place, folder);
  const line = expectOneLine(
    refused,
    /^berth: data directory \S+: its disk is full \(no space left\); make room, or choose another with --data DIR$/,
  );
  await expectEmpty(place, folder, 'all\n');
  return line;
}

async function readOnly(place: Place): Promise<string> {
  await moveToMachine(place);
  const folder = place.dir('read-only');
  await place.run('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', folder]);
  for (const directory of [folder, join(folder, 'below')]) {
    expectOneLine(
      await attempt(place, directory),
      /^berth: data directory \S+: cannot be (?:made|written to): the file system is read-only; choose another with --data DIR$/,
    );
  }
  return expectOneLine(await attempt(place, folder), /read-only/);
}

/** An image's volume that another program wrote as root. */
async function foreign(place: Place): Promise<string> {
  const folder = place.dir('data');
  const volume = join(folder, 'docker', 'registry', 'v2');
  mkdirSync(volume, { recursive: true });
  chmodSync(place.folder, 0o755);
  chownSync(folder, 0, 0);
  const user = ['--reuid', String(USER_ID), '--regid', String(USER_ID), '--clear-groups'];
  const refused = await place.attempt('setpriv', [...user, ...serve(folder)]);
  const line = expectOneLine(
    refused,
    /belongs to uid 0, and Berth runs as uid 65532: run chown -R 65532:65532 \S+, or /,
  );
  const [, command = ''] = /: run (chown .*?), or /.exec(line) ?? [];
  await place.run('sh', ['-ec', command]);
  const berth = place.startProgram('setpriv', [...user, ...serve(folder)]);
  await berth.lineThat((text) => (text.includes('listening on') ? true : undefined), START_LIMIT_MS);
  expectThat(readdirSync(folder).includes('berth'), 'its own files are in it');
  return command;
}

function serve(folder: string): readonly string[] {
  const { file, args } = berthProgram();
  return [file, ...args, 'serve', '--addr', '127.0.0.1:0', '--data', folder];
}

async function attempt(place: Place, folder: string): Promise<Finished> {
  return place.attempt('sh', ['-c', 'exec "$@"', 'sh', ...serve(folder)], { limitMs: START_LIMIT_MS });
}

function expectOneLine({ code, stdout, stderr }: Finished, line: RegExp): string {
  expectThat(code === 1, `it exits with 1 (${code})`);
  expectThat(stdout === '', `it says nothing else: ${stdout}`);
  const lines = stderr.trimEnd().split('\n');
  expectThat(lines.length === 1 && line.test(lines[0] ?? ''), `one line says ${line}: ${stderr}`);
  return lines[0] ?? '';
}

async function expectEmpty(place: Place, folder: string, listed: string): Promise<void> {
  const { stdout } = await place.run('sh', ['-c', `ls -A '${folder}'`]);
  expectThat(stdout === listed, `nothing was made: ${stdout}`);
}
