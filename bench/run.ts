/**
 * Measures Berth and its peers side by side on this machine: same data, same clients, in one run.
 *
 *   pnpm bench                        every row, every usual peer that is on this machine
 *   pnpm bench --rows push-256m,manifest-get-16
 *   pnpm bench --peers distribution-3,distribution-2 or none
 *   pnpm bench --runs 9 --seconds 5   runs that are counted (5), seconds of a load tool (3)
 *   pnpm bench --quick                2 runs of 1 second: to see that it works, not to be quoted
 *   pnpm bench --json FILE            every run's figures, too; rows that the file already has are replaced
 *   pnpm bench --markdown FILE        the table into its part of a page: of this run, or of the whole --json FILE
 *   pnpm bench --rows none --json FILE --markdown docs/performance.md       measures nothing, writes the page
 *   pnpm bench --work FOLDER          where data is kept meanwhile; it decides which disk is measured
 *   pnpm bench --profile FOLDER       Berth under --cpu-prof; slower, so its figures aren't to be quoted
 *   pnpm bench --list                 rows, and peers with where they are
 *
 * The exit code is 1 when a server broke a promise (a digest, a status, what is on the disk at a 201) or a row
 * couldn't be measured. A mark that is missed is printed and changes nothing.
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { missingTool } from './load/load-tools.ts';
import { describeMachine } from './machine.ts';
import { writePage } from './markdown.ts';
import { championOf, verdict } from './marks.ts';
import { type Figures, measureRow } from './measure.ts';
import { type BenchOptions, parseOptions } from './options.ts';
import { Place, programOf } from './place.ts';
import { rowText, serverText } from './report.ts';
import type { Row } from './row.ts';
import { ROW_NAMES, ROWS } from './rows.ts';
import { SERVER_NAMES, SERVERS, type ServerName } from './servers.ts';
import { joinTables, type MeasuredRow, readTable, type Table, writeTable } from './table.ts';

const options = parseOptions(process.argv.slice(2));
if (options.list) list();
else process.exitCode = await main(options);

async function main(options: BenchOptions): Promise<number> {
  const servers = options.servers.filter(isHere);
  const place = new Place({ ...options, nodeFlags: profileFlags(options.profileFolder) });
  const stop = () => void place.close().finally(() => process.exit(130));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const machine = describeMachine(place.folder);
    for (const [key, value] of Object.entries(machine)) console.log(`${key}: ${value}`);
    const { measured, failures } = await measureAll(place, options, servers);
    console.log(summary(measured, failures));
    keep({ machine, rows: measured }, options);
    return failures.length === 0 ? 0 : 1;
  } finally {
    await place.close();
  }
}

function keep(measured: Table, { jsonFile, markdownFile }: BenchOptions): void {
  const table = jsonFile === undefined ? measured : joinTables(readTable(jsonFile), measured);
  if (jsonFile !== undefined) writeTable(jsonFile, table);
  if (markdownFile !== undefined) writePage(markdownFile, table);
}

async function measureAll(
  place: Place,
  { rows, runs }: BenchOptions,
  servers: readonly ServerName[],
): Promise<{ measured: readonly MeasuredRow[]; failures: readonly string[] }> {
  const measured: MeasuredRow[] = [];
  const failures: string[] = [];
  for (const name of rows) {
    const row: Row = ROWS[name];
    const names = servers.filter((server) => takesPart(server, row));
    const leftOut = row.missing?.();
    if (leftOut !== undefined) {
      console.log(`${name}: left out: ${leftOut}\n`);
      continue;
    }
    try {
      const missing = row.tool && missingTool(row.tool);
      if (missing !== undefined) throw new Error(missing);
      const figures = await measureRow(place, row, names, Math.min(runs, row.runsAtMost ?? runs));
      measured.push({ name, date: new Date().toISOString(), figures });
      console.log(`${name}: ${rowText(row, figures)}\n`);
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      console.log(`${failures.at(-1)}\n`);
    }
  }
  return { measured, failures };
}

function takesPart(server: ServerName, { abilities }: Row): boolean {
  const has: readonly string[] = SERVERS[server].abilities;
  return abilities.some((ability) => has.includes(ability));
}

function summary(measured: readonly MeasuredRow[], failures: readonly string[]): string {
  const started = new Map<string, NonNullable<Figures['server']>>();
  for (const { figures } of measured) {
    for (const { server } of figures) if (server !== undefined) started.set(server.title, server);
  }
  const marks = measured.flatMap(({ name, figures }) => {
    const row: Row = ROWS[name];
    const champion = championOf(row, figures);
    return figures.flatMap((peer) => {
      const found = verdict(row, peer, champion);
      const isReached = found?.isReached === true ? 'reached' : 'MISSED';
      return found === undefined ? [] : [`  ${name}, ${peer.title}: mark ${found.mark}: ${isReached}`];
    });
  });
  return [
    "How the servers were started ($TOKEN is what Berth's /auth gives; the peers have no auth):",
    ...[...started.values()].map(serverText),
    ...(marks.length > 0 ? ['\nMarks:', ...marks] : []),
    ...(failures.length > 0 ? ['\nFailed:', ...failures.map((failure) => `  ${failure}`)] : []),
  ].join('\n');
}

/** Says what isn't there, so that a table with fewer peers explains itself. */
function isHere(name: ServerName): boolean {
  if (programOf(SERVERS[name]) !== undefined) return true;
  console.log(`not on this machine: ${SERVERS[name].title} (${SERVERS[name].howToGet})`);
  return false;
}

function profileFlags(folder: string | undefined): readonly string[] {
  if (folder === undefined) return [];
  mkdirSync(folder, { recursive: true });
  return ['--cpu-prof', `--cpu-prof-dir=${resolve(folder)}`];
}

function list(): void {
  for (const name of ROW_NAMES) console.log(`row   ${name.padEnd(18)}${ROWS[name].title}`);
  for (const name of SERVER_NAMES) {
    console.log(
      `peer  ${name.padEnd(18)}${programOf(SERVERS[name]) ?? `not here: ${SERVERS[name].howToGet}`}`,
    );
  }
}
