/**
 * A machine of the case's own, as far as its network and its /etc go: what a person would change on theirs is changed
 * in a copy that ends with the case, and an address that isn't loopback's, where clients trust nobody by themselves, is
 * on no wire. Linux namespaces, as root.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { berthProgram } from './berth-program.ts';
import type { Place } from './place.ts';
import { findProgram, type ProgramName, SEARCH_PATH } from './programs.ts';

export const machineNeeds = [
  'unshare',
  'nsenter',
  'ip',
  'sh',
  'cp',
] as const satisfies readonly ProgramName[];

const START_LIMIT_MS = 30_000;

/** Its only address, and the name for it. */
export const MACHINE = { address: '192.168.1.10', name: 'registry.lan' } as const;

/** What people change. */
const FOLDERS = ['/etc', '/usr/local/share'];

/** Everything that starts in the place from now on starts on that machine. */
export async function moveToMachine(place: Place): Promise<void> {
  const copies = place.dir('machine');
  const script = [
    'ip link set lo up',
    `ip address add ${MACHINE.address}/32 dev lo`,
    ...FOLDERS.flatMap((folder, index) => [
      `cp -a ${folder} '${join(copies, String(index))}'`,
      `mount --bind '${join(copies, String(index))}' ${folder}`,
    ]),
    `echo '127.0.0.1 localhost\n${MACHINE.address} ${MACHINE.name}' >/etc/hosts`,
    'echo it is there',
    'exec sleep infinity',
  ].join('\n');
  const args = ['--mount', '--net', '--propagation', 'private', '--', 'sh', '-ec', script];
  const machine = place.startProgram('unshare', args);
  await machine.lineThat((line) => (line === 'it is there' ? true : undefined), START_LIMIT_MS);
  if (machine.pid === undefined) throw new Error('a process that said something has an id');
  place.enter(machine.pid);
}

/**
 * For commands that are typed as they are printed: `berth` is the one that all cases run, and `sudo` needs no password.
 * @returns the value for PATH
 */
export function pathForTyping(place: Place, programs: readonly ProgramName[]): string {
  const { file, args } = berthProgram();
  const words = [file, ...args].map((word) => `'${word}'`).join(' ');
  const folder = place.dir('bin');
  for (const [name, line] of [
    ['sudo', 'exec "$@"'],
    ['berth', `exec ${words} "$@"`],
    ...programs.map((program) => [program, `exec '${findProgram(program)}' "$@"`] as const),
  ] as const)
    writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  return `${folder}:${SEARCH_PATH}`;
}
