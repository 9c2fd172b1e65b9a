/** Which suites and cases were asked for: `suite`, or `suite/pattern` for the cases whose name matches. Pure. */
import type { Case, Suite } from './suite.ts';

export interface Selection {
  readonly suite: Suite;
  readonly cases: readonly Case[];
}

/** All of them when nothing is asked for. A word that names no suite is an error, so that no typing slip passes as success. */
export function select(suites: readonly Suite[], words: readonly string[]): readonly Selection[] {
  if (words.length === 0) return suites.map((suite) => ({ suite, cases: suite.cases }));
  return words.flatMap((word) => {
    const [name = '', ...pattern] = word.split('/');
    const found = suites.filter((suite) => suite.name === name || suite.name.startsWith(`${name}-`));
    if (found.length === 0)
      throw new Error(`no suite ${name}; there are: ${suites.map((suite) => suite.name).join(', ')}`);
    const matches = new RegExp(pattern.join('/'), 'i');
    return found.map((suite) => ({ suite, cases: suite.cases.filter((one) => matches.test(one.name)) }));
  });
}
