/**
 * The text that a pattern's own text demands at the start of whatever it matches: comparing it is far cheaper
 * than matching, and of thousands of rules it rules out nearly all.
 */

import type { PatternKind } from './placement.ts';

const PLAIN_GLOB = /^[^*?[\\]*/;
const PLAIN_ANCHORED_REGEX = /^\^([\w/:@,=#% -]*)([*+?{]?)/;

/**
 * @param ownText a pattern cut at its placeholders, or the whole of it
 * @returns '' where nothing is known
 */
export function prefixOf(kind: PatternKind, ownText: readonly string[], startsWithText: boolean): string {
  const [first = ''] = ownText;
  if (!startsWithText) return '';
  if (kind === 'glob') return PLAIN_GLOB.exec(first)?.[0] ?? '';
  // Alternatives have each a start of their own, and flags may turn case and anchors into something else.
  if (ownText.some((text) => text.includes('|') || text.includes('(?'))) return '';
  const [matched = '', plain = '', quantifier] = PLAIN_ANCHORED_REGEX.exec(first) ?? [];
  // What is quantified may be missing; so may a value, before a quantifier.
  const open = quantifier !== '' || (ownText.length > 1 && matched === first);
  return open ? plain.slice(0, -1) : plain;
}
