/** Docker engines, started for the cases as root, with no bridge, no firewall rules and no access to anything but loopback. */
import { join } from 'node:path';
import type { Place } from '../harness/place.ts';
import type { ProgramName } from '../harness/programs.ts';

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
  const host = engineHost(place);
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
  const args = [...isolation, ...folders, ...row.args, '-H', host];
  const daemon = place.startProgram(row.program, args, row.env);
  await daemon.lineThat((line) => (line.includes('API listen on') ? true : undefined), START_LIMIT_MS);
  return host;
}

/** The value for DOCKER_HOST, of the engine that was started in the place. */
export function engineHost(place: Place): string {
  return `unix://${join(place.dir('s'), 'd')}`;
}
