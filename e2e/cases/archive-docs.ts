/** The commands of docs/archives.md, followed as they stand there: only host and password are the case's own. */
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Account } from '../harness/accounts.ts';
import type { Berth } from '../harness/berth.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { findProgram, type ProgramName, SEARCH_PATH } from '../harness/programs.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'archives.md');
const EXAMPLE = 'registry.example.com';

/** The commands below that heading, in their order. */
export function commandsOf(heading: string): readonly string[] {
  const [, rest = ''] = readFileSync(PAGE, 'utf8').split(`\n## ${heading}\n`);
  const section = rest.split('\n## ')[0] ?? '';
  const commands = section.split('\n').flatMap((line) => (line.startsWith('    ') ? [line.trim()] : []));
  if (commands.length === 0) throw new Error(`docs/archives.md has no commands below "${heading}"`);
  return commands;
}

export interface Follower {
  readonly place: Place;
  readonly berth: Berth;
  readonly account: Account;
  /** Where the commands are typed. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command of the page, which has to succeed; what it wrote to stdout. */
export async function follow(
  { place, berth, account, cwd, env }: Follower,
  command: string,
): Promise<string> {
  const typed = command
    .replaceAll(`https://${EXAMPLE}`, berth.url.replace('127.0.0.1', 'localhost'))
    .replaceAll(EXAMPLE, berth.host.replace('127.0.0.1', 'localhost'))
    .replaceAll('curl -u alice', `curl -sS --fail-with-body -u ${account.name}:${account.password}`);
  const path = [...PROGRAMS.map(folderOf), SEARCH_PATH].join(delimiter);
  const options = { cwd, env: { PATH: path, ...env }, limitMs: 300_000 };
  return succeeded(await place.attempt('sh', ['-ec', typed], options)).stdout;
}

/** Those that the page calls by their names, and of which a machine may have several. */
const PROGRAMS: readonly ProgramName[] = ['docker', 'oras'];

function folderOf(program: ProgramName): string {
  return dirname(findProgram(program) ?? '/usr/bin/none');
}
