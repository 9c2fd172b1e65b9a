/**
 * The unit of packaging/systemd, put in its place as docs/systemd.md says, checked by systemd's own program, and its
 * command run as it stands by a user without rights. No systemd runs here: the places are those of a view of the file
 * system, and the port that of a network, which are the case's own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectThat } from '../harness/expect.ts';
import type { Place } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'systemd.md'), 'utf8');
const UNIT = readFileSync(join(ROOT, 'packaging', 'systemd', 'berth.service'), 'utf8');
/** In tenths, as systemd-analyze takes it: what it calls OK ends at 4.0. */
const MOST_EXPOSURE = 20;
const START_LIMIT_MS = 30_000;
const VIEW = ['--mount', '--net', 'sh', '-ec'];

/** What is put into these stays in the case's view. */
const OWN_FOLDERS = ['/usr/local/bin', '/etc/systemd/system', '/var/lib'];

export const systemd: Suite = {
  name: 'systemd',
  needs: ['berth-binary', 'systemd-analyze', 'setpriv', 'unshare', 'nsenter', 'ip', 'curl', 'sh'],
  needsRoot: true,
  cases: [
    { name: 'finds nothing wrong with the unit, nor with the HTTPS of the page', run: verified },
    { name: 'its command serves as a user without rights, and stops when it is told to', run: run },
  ],
};

async function verified(place: Place): Promise<string> {
  const service = '/etc/systemd/system/berth.service';
  const script = [
    ...installed(),
    `systemd-analyze verify ${service}`,
    `systemd-analyze security --offline=true --threshold=${MOST_EXPOSURE} ${service}`,
    `mkdir ${service}.d`,
    `cat > ${service}.d/override.conf`,
    `systemd-analyze verify ${service}`,
  ].join('\n');
  const { stdout, stderr } = await place.run('unshare', [...VIEW, script], { cwd: ROOT, input: dropIn() });
  // What it doesn't know it passes over, with a line.
  expectThat(!stderr.includes('berth.service'), `systemd-analyze has nothing to say: ${stderr}`);
  return /exposure level for berth\.service: ([\d.]+)/.exec(stdout)?.[1] ?? '';
}

async function run(place: Place): Promise<undefined> {
  const command = /^ExecStart=(.+)$/m.exec(UNIT)?.[1] ?? '';
  const script = [
    ...installed(),
    'ip link set lo up',
    'install -d -m 700 -o 65532 -g 65532 /var/lib/berth',
    'export STATE_DIRECTORY=/var/lib/berth',
    `exec setpriv --reuid 65532 --regid 65532 --clear-groups --no-new-privs --bounding-set -all sh -c 'exec ${command}'`,
  ].join('\n');
  const service = place.startProgram('unshare', [...VIEW, script], {}, ROOT);
  await service.lineThat((line) => (line.includes('listening on') ? true : undefined), START_LIMIT_MS);
  const answer = await place.run('nsenter', [
    `--net=/proc/${service.pid}/ns/net`,
    ...['--', 'curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}', 'http://localhost:5000/v2/'],
  ]);
  expectThat(answer.stdout === '401', `it answers at port 5000: ${answer.stdout}`);
  expectThat(
    service.lines.some((line) => line.includes('/var/lib/berth/berth/auth.yml')),
    `it keeps its accounts where the page says: ${service.tail(20)}`,
  );
  expectThat((await service.stop()) === 0, 'SIGTERM ends it with 0');
}

/** The page's own commands, of those that can be run without systemd. */
function installed(): readonly string[] {
  const lines = [...PAGE.matchAll(/^ {4}sudo (install -m .+)$/gm)].map(([, command = '']) => command);
  expectThat(lines.length === 2, `the page installs a program and a unit: ${lines.join('; ')}`);
  return [...OWN_FOLDERS.map((folder) => `mount -t tmpfs -o mode=755 none ${folder}`), ...lines];
}

/** The first drop-in of the page. */
function dropIn(): string {
  const [block = ''] = /^ {4}\[Service\]\n(?: {4}.+\n)+/m.exec(PAGE) ?? [];
  expectThat(block.includes('LoadCredential'), `the page has a drop-in for HTTPS: ${block}`);
  return block.replaceAll(/^ {4}/gm, '');
}
