/** Docker engines, started for the cases as root, with no bridge, no firewall rules and no access to anything but loopback. */
import { join } from 'node:path';
import type { Daemon } from '../harness/daemon.ts';
import type { Place } from '../harness/place.ts';
import { findProgram, howToGet, type ProgramName } from '../harness/programs.ts';

export interface EngineRow {
  readonly program: ProgramName;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the client is told about who builds. */
  readonly buildkit: '0' | '1';
}

export const ENGINES = {
  /** Debian's: images in the classic store, each layer compressed anew for a push. */
  classic: { program: 'dockerd-classic', args: ['--storage-driver=vfs'], env: {}, buildkit: '0' },
  /** Today's: containerd's image store and BuildKit. Its lowest API version is lifted for Debian's client. */
  today: {
    program: 'dockerd-today',
    args: ['--feature', 'containerd-snapshotter=true'],
    env: { DOCKER_MIN_API_VERSION: '1.24' },
    buildkit: '1',
  },
} as const satisfies Record<string, EngineRow>;

const START_LIMIT_MS = 60_000;

/** Starts the engine in the place; the value for DOCKER_HOST. */
export async function startEngine(place: Place, row: EngineRow): Promise<string> {
  const daemon = place.startProgram(row.program, engineArgs(place, row), row.env);
  await ready(daemon);
  return engineHost(place);
}

/** An engine in a network of its own, where containers that use its network find every port free. */
export interface Apart {
  /** The value for DOCKER_HOST. */
  readonly host: string;
  /** What stands in front of a command line that is to run in that network. */
  readonly enter: readonly string[];
}

/**
 * Starts the engine in a network that holds loopback alone.
 * @param addresses further ones that are the engine's own, as they would be in a network of containers
 */
export async function startEngineApart(
  place: Place,
  row: EngineRow,
  addresses: readonly string[],
): Promise<Apart> {
  const file = findProgram(row.program);
  if (file === undefined) throw new Error(`not on this machine: ${howToGet(row.program)}`);
  const set = [
    'ip link set lo up',
    ...addresses.map((address) => `ip addr add ${address} dev lo`),
    'exec "$0" "$@"', // the process stays the one that was started
  ];
  const args = ['--net', 'sh', '-ec', set.join('\n'), file, ...engineArgs(place, row)];
  const daemon = place.startProgram('unshare', args, row.env);
  await ready(daemon);
  return { host: engineHost(place), enter: [`--net=/proc/${daemon.pid}/ns/net`, '--'] };
}

async function ready(daemon: Daemon): Promise<void> {
  await daemon.lineThat((line) => (line.includes('API listen on') ? true : undefined), START_LIMIT_MS);
}

function engineArgs(place: Place, row: EngineRow): string[] {
  const isolation = [
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    '--insecure-registry=127.0.0.0/8',
  ];
  const folders = [
    '--data-root',
    place.dir('d'),
    '--exec-root',
    place.dir('e'),
    '-p',
    join(place.dir('s'), 'pid'),
  ];
  return [...isolation, ...folders, ...row.args, '-H', engineHost(place)];
}

/** The value for DOCKER_HOST, of the engine that was started in the place. */
export function engineHost(place: Place): string {
  return `unix://${join(place.dir('s'), 'd')}`;
}
