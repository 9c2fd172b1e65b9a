/** The rows of the table, in its order. A new row is one more entry in its group. */
import { DOCKER } from './rows/docker.ts';
import { LISTINGS } from './rows/listings.ts';
import { PROCESSES } from './rows/processes.ts';
import { PUSHES } from './rows/pushes.ts';
import { READS } from './rows/reads.ts';
import { TOKENS } from './rows/tokens.ts';

export const ROWS = { ...READS, ...PUSHES, ...TOKENS, ...LISTINGS, ...DOCKER, ...PROCESSES } as const;

export type RowName = keyof typeof ROWS;

export const ROW_NAMES = Object.keys(ROWS).filter(isRowName);

export function isRowName(text: string): text is RowName {
  return Object.hasOwn(ROWS, text);
}
