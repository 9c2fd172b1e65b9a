// The grammar of an htpasswd file, as `htpasswd -B` writes it. Pure.
import { bcryptCost } from './bcrypt-hash.ts';

/** A line that can't be used: which file, which line, why. Never what stands in it. */
export class HtpasswdError extends Error {
  readonly file: string;
  /** From 1. */
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, reason: string) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${reason}`);
    this.name = 'HtpasswdError';
    this.file = file;
    this.line = line;
  }
}

/** How the other kinds of hash that htpasswd and its relatives write begin. */
const OTHER_KINDS: readonly (readonly [string, string])[] = [
  ['$apr1$', 'an MD5 hash (htpasswd -m)'],
  ['{SHA}', 'a SHA-1 hash (htpasswd -s)'],
  ['$5$', 'a SHA-256 crypt hash'],
  ['$6$', 'a SHA-512 crypt hash'],
  ['$2', 'a damaged bcrypt hash'],
];

/**
 * Account and bcrypt hash of each line. Empty lines and those that begin with `#` are passed over. Of an
 * account that stands there twice the last line counts, as in distribution. Throws HtpasswdError.
 */
export function parseHtpasswd(text: string, file: string): Map<string, string> {
  const accounts = new Map<string, string>();
  const mistakes: { readonly line: number; readonly reason: string }[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const hash = line.slice(colon + 1);
    if (colon <= 0) mistakes.push({ line: index + 1, reason: 'expected "account:bcrypt-hash"' });
    else if (bcryptCost(hash) === undefined) mistakes.push({ line: index + 1, reason: refusalOf(hash) });
    else accounts.set(line.slice(0, colon), hash);
  }
  const [first, ...others] = mistakes;
  if (first === undefined) return accounts;
  throw new HtpasswdError(file, first.line, `${first.reason}${alsoWrong(others)}`);
}

/** A file that was made otherwise is wrong in every line: some of them are named. */
function alsoWrong(others: readonly { readonly line: number }[]): string {
  if (others.length === 0) return '';
  const named = others.slice(0, 10).map(({ line }) => line);
  const more = others.length > named.length ? `, and ${others.length - named.length} more` : '';
  return `; also in line ${named.join(', ')}${more}`;
}

function refusalOf(hash: string): string {
  const kind = OTHER_KINDS.find(([prefix]) => hash.startsWith(prefix))?.[1] ?? 'no hash, or one of crypt()';
  return `${kind}; only bcrypt is accepted: set the password again with "htpasswd -B"`;
}
