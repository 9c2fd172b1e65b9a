/**
 * The placeholders of a pattern: `${account}` and its like, capture groups (`${account:1}`), and labels
 * (`${labels:group}`). Cuts a pattern into its own text and its slots; what a value may do there is the
 * business of placement.ts.
 */

export const FIELDS = ['account', 'type', 'name', 'service'] as const;
export type Field = (typeof FIELDS)[number];

/** Where a slot's value comes from. */
export type Source =
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'capture'; readonly capture: Capture }
  | { readonly kind: 'label'; readonly label: string };

/** A group of what the rule's own regex of a field captures. */
export interface Capture {
  readonly field: Field;
  readonly group: number;
  /** The groups captured from the field's value, or undefined where it doesn't match. */
  groups(value: string): readonly string[] | undefined;
}

/** The capture groups that a rule's fields use, by the text of the placeholder. */
export type Captures = ReadonlyMap<string, Capture>;

export interface Placeholder {
  /** As the rule has it; stays in the pattern where there is no value for it. */
  readonly text: string;
  readonly source: Source;
}

// A label's name has nothing in it that means something in a pattern, so that the placeholder may stay there as
// text where a request has no such label, and is never taken for the start of another.
const PLACEHOLDER = /\$\{(?:(account|type|name|service)|labels:([^\\*+?|^$()[\]{}]*)|[A-Za-z]+:[0-9]+)\}/g;

/** The pattern's own text and its placeholders, in order. What looks like one and means nothing is text. */
export function splitPlaceholders(pattern: string, captures: Captures): readonly (string | Placeholder)[] {
  const pieces: (string | Placeholder)[] = [];
  let end = 0;
  for (const match of pattern.matchAll(PLACEHOLDER)) {
    const source = sourceOf(match, captures);
    if (source === undefined) continue;
    if (match.index > end) pieces.push(pattern.slice(end, match.index));
    pieces.push({ text: match[0], source });
    end = match.index + match[0].length;
  }
  if (end < pattern.length) pieces.push(pattern.slice(end));
  return pieces;
}

function sourceOf([text, field, label]: RegExpExecArray, captures: Captures): Source | undefined {
  const known = FIELDS.find((name) => name === field);
  if (known !== undefined) return { kind: 'field', field: known };
  if (label !== undefined) return { kind: 'label', label };
  const capture = captures.get(text);
  return capture && { kind: 'capture', capture };
}

// Lazy over anything, as docker_auth has it: in `${account}/${account:1}` it finds one group, of a field
// called "account}/${account", which there is none of. So that capture stays text, here as there.
const CAPTURE = /\$\{([^\n]+?):([0-9]+)\}/g;

/** The capture placeholders in a field's pattern: text, field (also as `Account`) and group. */
export function findCaptures(
  pattern: string,
): readonly { readonly text: string; readonly field: Field; readonly group: number }[] {
  return [...pattern.matchAll(CAPTURE)].flatMap(([text, key = '', group]) => {
    const field = FIELDS.find((name) => name === key[0]?.toLowerCase() + key.slice(1));
    return field === undefined ? [] : [{ text, field, group: Number(group) }];
  });
}

/**
 * Makes `value` stand for itself in a glob and in a regex, inside of a class as well: `\` before every ASCII
 * character that is no letter or digit means that character in both.
 */
export function quote(value: string): string {
  return value.replace(/[^0-9A-Za-z\u0080-\uffff]/g, '\\$&');
}
