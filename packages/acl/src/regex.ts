/**
 * Regular expressions in RE2's syntax and in linear time, as Go's `regexp` has them. The only file that knows
 * which library does it.
 */

import { RE2JS } from 're2js';

export interface Regex {
  /** How many capture groups it has, the whole match not counted. */
  readonly groupCount: number;
  /** Whether it matches anywhere in `subject`. */
  test(subject: string): boolean;
  /** The leftmost match and its groups, '' for a group that took no part; undefined where nothing matches. */
  groups(subject: string): readonly string[] | undefined;
}

/**
 * @throws {SyntaxError} with a reason for the person who wrote `source`
 */
export function compileRegex(source: string): Regex {
  const regex = compile(source);
  return {
    groupCount: regex.groupCount(),
    test: (subject) => regex.test(subject),
    groups: (subject) => regex.exec(subject)?.map((group) => group ?? ''),
  };
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw new SyntaxError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
