/** The table as text. It knows figures and marks, and nothing of how they came. */
import type { Figures } from './measure.ts';
import type { Row } from './row.ts';
import { SERVERS, type ServerName } from './servers.ts';

const MIB = 1024 * 1024;

export interface Verdict {
  readonly text: string;
  readonly isReached: boolean;
}

/** A row's own table: one line a server, the commands below. */
export function rowText(row: Row, figures: readonly Figures[]): string {
  const berth = figures.find(({ server }) => server === 'berth');
  const header = ['', rateUnit(row), 'lowest', 'highest', cpuUnit(row), 'peak MiB', 'Berth is', 'at CPU', ''];
  const lines = figures.map((peer) => [
    SERVERS[peer.server].title,
    rate(row, peer.rate),
    rate(row, Math.min(...peer.runs.map((run) => run.rate))),
    rate(row, Math.max(...peer.runs.map((run) => run.rate))),
    cpu(row, peer.cpuSecondsPerUnit),
    (peer.peakBytes / MIB).toFixed(0),
    berth === undefined || peer === berth ? '' : `${(berth.rate / peer.rate).toFixed(2)}x`,
    berth === undefined || peer === berth
      ? ''
      : `${(berth.cpuSecondsPerUnit / peer.cpuSecondsPerUnit).toFixed(2)}x`,
    verdict(row, peer, berth)?.text ?? '',
  ]);
  const notes = figures.flatMap(({ server, note }) =>
    note === undefined ? [] : [`  ${SERVERS[server].title}: ${note}`],
  );
  const commands = figures.map(({ command }) => `  $ ${command}`);
  const runs = figures[0]?.runs.length ?? 0;
  const title = `${row.title} (${runs === 1 ? '1 run' : `median of ${runs} runs`})`;
  return [title, ...aligned([header, ...lines]), ...notes, ...commands].join('\n');
}

/** What Berth had to reach in this row, against this server; undefined where nothing is asked. */
export function verdict(row: Row, peer: Figures, berth: Figures | undefined): Verdict | undefined {
  if (peer.server === 'berth' && row.peakLimitMiB !== undefined) {
    return verdictOf(peer.peakBytes < row.peakLimitMiB * MIB, `under ${row.peakLimitMiB} MiB`);
  }
  const mark = row.marks?.[peer.server];
  if (mark === undefined || berth === undefined) return undefined;
  const cpu = mark.cpu === undefined ? '' : `, CPU at most ${mark.cpu.toFixed(1)}x`;
  const isFast = berth.rate >= mark.rate * peer.rate;
  const isFrugal = berth.cpuSecondsPerUnit <= (mark.cpu ?? Number.POSITIVE_INFINITY) * peer.cpuSecondsPerUnit;
  return verdictOf(isFast && isFrugal, `${mark.rate.toFixed(1)}x${cpu}`);
}

/** How a server was started, once for all rows. */
export function serverText(name: ServerName, { serverCommand }: Figures): string {
  const { title, acknowledges }: { title: string; acknowledges?: string } = SERVERS[name];
  const promise = acknowledges === undefined ? '' : ` (at its 201: ${acknowledges})`;
  return `${title}${promise}\n  $ ${serverCommand}`;
}

function verdictOf(isReached: boolean, mark: string): Verdict {
  return { text: `mark ${mark}: ${isReached ? 'reached' : 'MISSED'}`, isReached };
}

function rateUnit({ unit }: Row): string {
  return unit === 'requests' ? 'requests/s' : 'MB/s';
}

function cpuUnit({ unit }: Row): string {
  return unit === 'requests' ? 'CPU us/request' : 'CPU s/GB';
}

function rate({ unit }: Row, value: number): string {
  return Math.round(unit === 'requests' ? value : value / 1e6).toLocaleString('en');
}

function cpu({ unit }: Row, secondsPerUnit: number): string {
  return unit === 'requests' ? (secondsPerUnit * 1e6).toFixed(1) : (secondsPerUnit * 1e9).toFixed(2);
}

function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  return table
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`);
}
