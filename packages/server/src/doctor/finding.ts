// What a check has found, as a line for people or an object for machines.

/** In the order in which they are made and told. */
export const checks = [
  'name',
  'connection',
  'certificate',
  'host',
  'expiry',
  'registry',
  'realm',
  'account',
  'token',
  'clock',
  'push',
  'pull',
  'delete',
  'disk',
  'owner',
] as const;

export type Check = (typeof checks)[number];

export type Outcome = 'ok' | 'warn' | 'fail' | 'skipped';

export interface Finding {
  readonly check: Check;
  readonly outcome: Outcome;
  /** What was seen: a sentence without its full stop. */
  readonly message: string;
  /** What to do about it: the same. */
  readonly remedy?: string;
}

/** A check's finding, and what it found out for those after it: undefined if they can't go on. */
export interface Checked<Value> {
  readonly findings: readonly Finding[];
  readonly value?: Value;
}

/** What is wrong and what to do, before it is known which check it belongs to. */
export interface Problem {
  readonly message: string;
  readonly remedy?: string;
}

export function finding(check: Check, outcome: Outcome, message: string, remedy?: string): Finding {
  return { check, outcome, message, ...(remedy !== undefined && { remedy }) };
}

const checkWidth = Math.max(...checks.map((check) => check.length));

/** One line, whatever a server put into it. */
export function findingLine({ check, outcome, message, remedy }: Finding): string {
  const text = remedy === undefined ? message : `${message}. ${remedy}`;
  return `${outcome.padEnd(7)}  ${check.padEnd(checkWidth)}  ${printable(text)}`;
}

/** Control characters of somebody else's text would move a terminal's cursor, or make a line two. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}
