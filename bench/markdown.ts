/** The table as Markdown: its part of a page between two comments, so that no figure there is typed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { championOf, verdict } from './marks.ts';
import type { Figures } from './measure.ts';
import { ratios, runsText } from './report.ts';
import type { Row } from './row.ts';
import { ROWS } from './rows.ts';
import type { MeasuredRow, Table } from './table.ts';
import { UNITS } from './units.ts';

const BEGIN = '<!-- made by `pnpm bench --markdown`: what is between here and the end is overwritten -->';
const END = '<!-- the end of what `pnpm bench --markdown` made -->';
const MIB = 1024 * 1024;

/** Rewrites the part of the page that is the table's, or makes the page. @throws Error when it has no such part */
export function writePage(file: string, table: Table): void {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : `${BEGIN}\n${END}\n`;
  writeFileSync(file, withTable(page, table));
}

/** @throws Error when the page has no place for it */
export function withTable(page: string, table: Table): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`the page has no two lines\n${BEGIN}\n${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${tableText(table)}\n\n${page.slice(end)}`;
}

/** Machine and dates, one line a row, then each row's own figures. */
export function tableText({ machine, rows }: Table): string {
  const { processors, memoryGib, system, filesystem, node } = machine;
  const where = `${processors}, ${memoryGib} GiB, ${system}, ${filesystem}, Node ${node.replace(/^v/, '')}`;
  return [
    `Measured ${datesText(rows)} on ${where}.`,
    marksTable(rows),
    '### Every figure',
    ...rows.map(detailText),
    '### How the servers were started',
    startsText(rows),
  ].join('\n\n');
}

function datesText(rows: readonly MeasuredRow[]): string {
  const days = rows.map(({ date }) => date.slice(0, 10)).toSorted();
  const [first = '', last = ''] = [days[0], days.at(-1)];
  return first === last ? first : `${first} to ${last}`;
}

/** What Berth does, and how that stands to each peer and its mark. */
function marksTable(rows: readonly MeasuredRow[]): string {
  const lines = rows.map(({ name, figures }) => {
    const row: Row = ROWS[name];
    const champion = championOf(row, figures);
    const rate = champion === undefined ? '' : rateText(row, champion);
    const memory = champion && verdict(row, champion, champion);
    const against = figures.flatMap((peer) => againstText(row, peer, champion));
    const bounds = memory === undefined ? [] : [`${mib(champion)} MiB (${memory.mark}${missed(memory)})`];
    return [row.title, rate, [...against, ...bounds].join(', ')];
  });
  return aligned([['What', 'Berth', 'How many times a peer (what it should be)'], ...lines]);
}

function againstText(row: Row, peer: Figures, champion: Figures | undefined): string[] {
  if (peer === champion) return [];
  const { rate } = ratios(row, peer, champion);
  const found = verdict(row, peer, champion);
  if (rate === '') return [];
  return [`${peer.title} ${rate}${found === undefined ? '' : ` (${found.mark}${missed(found)})`}`];
}

function missed({ isReached }: { isReached: boolean }): string {
  return isReached ? '' : ': **missed**';
}

function detailText({ name, figures }: MeasuredRow): string {
  const row: Row = ROWS[name];
  const champion = championOf(row, figures);
  const { rate, cpu, rateText: text, cpuText } = UNITS[row.unit];
  const header = ['', rate, 'slowest to fastest', cpu, 'peak MiB', 'Berth is', 'at CPU'];
  const lines = figures.map((peer) => {
    const rates = peer.runs.map((run) => run.rate);
    const ratio = ratios(row, peer, champion);
    const range = rate === '' ? '' : `${text(Math.min(...rates))} to ${text(Math.max(...rates))}`;
    const spent = peer.cpuSecondsPerUnit === undefined ? '' : cpuText(peer.cpuSecondsPerUnit);
    return [peer.title, text(peer.rate), range, spent, mib(peer), ratio.rate, ratio.cpu];
  });
  const notes = [
    ...figures.flatMap(({ title, note }) => (note === undefined ? [] : [`${title}: ${note}.`])),
    ...(row.remark === undefined ? [] : [row.remark]),
    `\`pnpm bench --rows ${name}\``,
  ];
  return [`**${row.title}** (${runsText(figures)})`, aligned([header, ...lines]), notes.join(' ')].join(
    '\n\n',
  );
}

function startsText(rows: readonly MeasuredRow[]): string {
  const servers = rows.flatMap(({ figures }) => figures.flatMap(({ server }) => server ?? []));
  const byTitle = new Map(servers.toReversed().map((server) => [server.title, server]));
  return [...byTitle.values()]
    .toReversed()
    .map(({ title, command, promise }) => {
      const acknowledged = promise === '' ? '' : `; at its 201: ${promise}`;
      return `- ${title}${acknowledged}: \`${withoutFolders(command)}\``;
    })
    .join('\n');
}

/** Where somebody has their files is nobody's business, and says nothing. */
function withoutFolders(command: string): string {
  return command.replaceAll(/(^|[ =])\/\S*\//g, '$1');
}

function rateText({ unit }: Row, { rate }: Figures): string {
  const { rate: heading, rateText: text } = UNITS[unit];
  return heading === '' ? '' : `${text(rate)} ${heading}`;
}

function mib(figures: Figures | undefined): string {
  return figures?.peakBytes === undefined ? '' : (figures.peakBytes / MIB).toFixed(0);
}

function aligned(table: readonly (readonly string[])[]): string {
  const [header = [], ...lines] = table;
  const widths = header.map((_, column) => Math.max(3, ...table.map((line) => line[column]?.length ?? 0)));
  const text = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [text(header), rule, ...lines.map(text)].join('\n');
}
