/**
 * What was measured, row by row, as a file keeps it: rows may be measured one after another, each with the machine
 * staying the same, and the page is made of all of them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from './machine.ts';
import type { Figures } from './measure.ts';
import { isRowName, ROW_NAMES, type RowName } from './rows.ts';

export interface MeasuredRow {
  readonly name: RowName;
  /** ISO 8601. */
  readonly date: string;
  readonly figures: readonly Figures[];
}

export interface Table {
  readonly machine: Machine;
  /** In the order of the rows. */
  readonly rows: readonly MeasuredRow[];
}

/** The rows of both; of a row that both have, the newer table's. @throws Error when the machine is another one */
export function joinTables(older: Table | undefined, newer: Table): Table {
  if (older === undefined) return newer;
  if (JSON.stringify(older.machine) !== JSON.stringify(newer.machine)) {
    throw new Error('the rows that are there were measured on another machine: take another file');
  }
  const byName = new Map([...older.rows, ...newer.rows].map((row) => [row.name, row]));
  const rows = ROW_NAMES.flatMap((name) => byName.get(name) ?? []);
  return { machine: newer.machine, rows };
}

/** Undefined where there is no such file. Rows that there no longer are, are left out. */
export function readTable(file: string): Table | undefined {
  if (!existsSync(file)) return undefined;
  const table: Table = JSON.parse(readFileSync(file, 'utf8'));
  return { machine: table.machine, rows: table.rows.filter(({ name }) => isRowName(name)) };
}

export function writeTable(file: string, table: Table): void {
  writeFileSync(file, `${JSON.stringify(table, null, 1)}\n`);
}
