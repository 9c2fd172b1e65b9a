/** The command line of the benchmark. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isRowName, ROW_NAMES, type RowName } from './rows.ts';
import { isServerName, SERVER_NAMES, type ServerName, USUAL_SERVER_NAMES } from './servers.ts';

export interface BenchOptions {
  readonly rows: readonly RowName[];
  /** Berth is always among them. */
  readonly servers: readonly ServerName[];
  readonly runs: number;
  readonly seconds: number;
  readonly jsonFile: string | undefined;
  readonly markdownFile: string | undefined;
  readonly workFolder: string;
  readonly profileFolder: string | undefined;
  readonly list: boolean;
}

const QUICK = { runs: 2, seconds: 1 };
const USUAL = { runs: 5, seconds: 3 };

/** @throws Error that says what is allowed */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string' },
      peers: { type: 'string' },
      runs: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
      work: { type: 'string' },
      profile: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const usual = values.quick ? QUICK : USUAL;
  const peers =
    values.peers === undefined
      ? USUAL_SERVER_NAMES
      : chosen('--peers', values.peers, SERVER_NAMES, isServerName);
  return {
    rows: chosen('--rows', values.rows, ROW_NAMES, isRowName),
    servers: ['berth', ...peers.filter((name) => name !== 'berth')],
    runs: count('--runs', values.runs, usual.runs),
    seconds: count('--seconds', values.seconds, usual.seconds),
    jsonFile: values.json,
    markdownFile: values.markdown,
    workFolder: values.work ?? join(import.meta.dirname, '.work'),
    profileFolder: values.profile,
    list: values.list,
  };
}

/** `none` chooses nothing. */
function chosen<Name extends string>(
  flag: string,
  text: string | undefined,
  all: readonly Name[],
  isName: (text: string) => text is Name,
): readonly Name[] {
  if (text === undefined) return all;
  const words = text.split(',').filter((word) => word !== '' && word !== 'none');
  return words.map((word) => {
    if (isName(word)) return word;
    throw new Error(`${flag} ${word}: there is ${all.join(', ')}`);
  });
}

function count(flag: string, text: string | undefined, usual: number): number {
  const value = text === undefined ? usual : Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 1000) return value;
  throw new Error(`${flag} ${text}: a whole number from 1 to 1000 is needed`);
}
