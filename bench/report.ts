/** The table as text. It knows figures and marks, and nothing of how they came. */
import { championOf, verdict } from './marks.ts';
import type { Figures } from './measure.ts';
import type { Row } from './row.ts';
import { UNITS } from './units.ts';

const MIB = 1024 * 1024;

/** A row's own table: one line a contestant, the commands below. */
export function rowText(row: Row, figures: readonly Figures[]): string {
  const champion = championOf(row, figures);
  const { rate, cpu } = UNITS[row.unit];
  const header = ['', rate, 'slowest', 'fastest', cpu, 'peak MiB', 'Berth is', 'at CPU', ''];
  const lines = figures.map((peer) => lineOf(row, peer, champion));
  const notes = figures.flatMap(({ title, note }) => (note === undefined ? [] : [`  ${title}: ${note}`]));
  const remark = row.remark === undefined ? [] : [`  ${row.remark}`];
  const commands = figures.map(({ command }) => `  $ ${command}`);
  const title = `${row.title} (${runsText(figures)})`;
  return [title, ...aligned([header, ...lines]), ...notes, ...remark, ...commands].join('\n');
}

export function runsText(figures: readonly Figures[]): string {
  const runs = figures[0]?.runs.length ?? 0;
  return runs === 1 ? '1 run' : `median of ${runs} runs`;
}

/** Of the champion to this one: its rate, and its processor time for a unit. */
export function ratios(
  { unit }: Row,
  peer: Figures,
  champion: Figures | undefined,
): { rate: string; cpu: string } {
  if (champion === undefined || peer === champion || unit === 'idle') return { rate: '', cpu: '' };
  const rate = `${(champion.rate / peer.rate).toFixed(2)}x`;
  if (champion.cpuSecondsPerUnit === undefined || peer.cpuSecondsPerUnit === undefined)
    return { rate, cpu: '' };
  return { rate, cpu: `${(champion.cpuSecondsPerUnit / peer.cpuSecondsPerUnit).toFixed(2)}x` };
}

/** How a server was started, once for all rows. */
export function serverText({ title, command, promise }: NonNullable<Figures['server']>): string {
  return `${title}${promise === '' ? '' : ` (at its 201: ${promise})`}\n  $ ${command}`;
}

function lineOf(row: Row, peer: Figures, champion: Figures | undefined): string[] {
  const { rateText, cpuText } = UNITS[row.unit];
  const rates = peer.runs.map((run) => run.rate);
  const ratio = ratios(row, peer, champion);
  const found = verdict(row, peer, champion);
  return [
    peer.title,
    rateText(peer.rate),
    rateText(Math.min(...rates)),
    rateText(Math.max(...rates)),
    peer.cpuSecondsPerUnit === undefined ? '' : cpuText(peer.cpuSecondsPerUnit),
    peer.peakBytes === undefined ? '' : (peer.peakBytes / MIB).toFixed(0),
    ratio.rate,
    ratio.cpu,
    found === undefined ? '' : `mark ${found.mark}: ${found.isReached ? 'reached' : 'MISSED'}`,
  ];
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
