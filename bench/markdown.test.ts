import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableText, withTable } from './markdown.ts';
import type { Figures } from './measure.ts';
import { joinTables, type MeasuredRow, type Table } from './table.ts';

const MACHINE = { processors: '2 x X', memoryGib: 4, system: 'Linux 6', filesystem: 'ext4', node: 'v26.1.0' };
const PAGE = readFileSync(join(import.meta.dirname, '..', 'docs', 'performance.md'), 'utf8');

describe('the table of the page', () => {
  const text = tableText(
    tableOf([
      ['berth', 10_000],
      ['distribution-3', 1000],
      ['zot', 8000],
    ]),
  );

  test('says when and on what it was measured', () => {
    expect(text).toContain('Measured 2026-01-02 on 2 x X, 4 GiB, Linux 6, ext4, Node 26.1.0.');
  });

  test('says how many times a peer Berth is, and which mark it missed', () => {
    expect(text).toContain('distribution-3 10.00x (5.0x), zot 1.25x (2.0x: **missed**)');
  });

  test("has every server's rate, processor time and peak", () => {
    expect(cellsOf(text, 'zot')).toEqual(['8,000', '7,200 to 8,800', '125.0', '50', '1.25x', '0.80x']);
  });

  test('tells nobody where somebody has their files', () => {
    expect(text).toContain('`node main.ts serve --data data`');
  });
});

test('the page has a place for the table, and keeps everything around it', () => {
  const [before = '', after = ''] = PAGE.split(/<!-- made by .*?<!-- the end[^>]*>/s);
  const page = withTable(PAGE, tableOf([['berth', 1234]]));
  expect(page.startsWith(before)).toBe(true);
  expect(page.endsWith(after)).toBe(true);
  expect(page).toContain('1,234 requests/s');
});

test('a table that is made again takes the place of the one before', () => {
  const first = withTable(PAGE, tableOf([['berth', 1234]]));
  const second = withTable(first, tableOf([['berth', 4321]]));
  expect(second).not.toContain('1,234');
  expect(second).toBe(withTable(PAGE, tableOf([['berth', 4321]])));
});

test('a page without a place for the table is refused', () => {
  expect(() => withTable('# Title', tableOf([]))).toThrow('the page has no two lines');
});

describe('rows that were measured apart', () => {
  const heads: Table = { machine: MACHINE, rows: [rowOf('blob-head', [['berth', 1]])] };

  test('come together in the order of the rows', () => {
    const names = joinTables(heads, tableOf([['berth', 2]])).rows.map(({ name }) => name);
    expect(names).toEqual(['manifest-get-16', 'blob-head']);
  });

  test('are replaced when they are measured again', () => {
    const newer: Table = { machine: MACHINE, rows: [rowOf('blob-head', [['berth', 2]])] };
    expect(joinTables(heads, newer).rows.map(({ figures }) => figures[0]?.rate)).toEqual([2]);
  });

  test('of two machines are not one table', () => {
    const elsewhere = { ...heads, machine: { ...MACHINE, memoryGib: 8 } };
    expect(() => joinTables(elsewhere, heads)).toThrow('measured on another machine');
  });
});

type Rates = readonly (readonly [Figures['contestant'], number])[];

function tableOf(rates: Rates): Table {
  return { machine: MACHINE, rows: [rowOf('manifest-get-16', rates)] };
}

function rowOf(name: MeasuredRow['name'], rates: Rates): MeasuredRow {
  return { name, date: '2026-01-02T03:04:05.000Z', figures: rates.map(figuresOf) };
}

/** The faster it is, the less it costs. */
function figuresOf([contestant, rate]: Rates[number]): Figures {
  const cost = { cpuSecondsPerUnit: 1 / rate, peakBytes: 50 * 1024 * 1024 };
  const server = {
    title: contestant,
    promise: '',
    command: '/usr/bin/node /home/me/main.ts serve --data /srv/data',
  };
  const runs = [0.9, 1, 1.1].map((factor) => ({ rate: rate * factor, ...cost }));
  return { contestant, title: contestant, runs, rate, ...cost, command: 'wrk', server, note: undefined };
}

/** Of the row's own table. */
function cellsOf(text: string, title: string): string[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`| ${title} `)) ?? '';
  return line
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}
