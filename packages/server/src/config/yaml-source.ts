// A YAML text as plain values, with the place of each for error messages. Knows YAML, knows nothing of what the file is for.
//
// Scalars stay the text that stands in the file (`0123`, `yes`, `1.0`): what a text means is decided by the type of its
// key, as in the Go programs whose files these are. A plain `~`, `null` or nothing at all is a key that isn't set.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  YAMLMap,
} from 'yaml';

/** Keys and list indexes from the root to a value. */
export type ValuePath = readonly PropertyKey[];

export interface Place {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}

export interface YamlMistake extends Place {
  readonly problem: string;
}

export interface YamlSource {
  /** Maps as objects, sequences as arrays, scalars as strings; keys that aren't set are left out. */
  readonly value: unknown;
  readonly mistakes: readonly YamlMistake[];
  /** A tab indents: what the values are inside of isn't known then. */
  readonly isTabbed: boolean;
  /** The place of the value at `path`, of its key, or of the nearest thing around it that is there. */
  placeOf(path: ValuePath, what?: 'key' | 'value'): Place;
}

/** @param emptyMaps keys that mean something without a value: they are maps then, as `inmemory:` in distribution's files */
export function parseYamlSource(text: string, emptyMaps: ReadonlySet<string> = new Set()): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const isTabbed = document.errors.some(({ code }) => code === 'TAB_AS_INDENT');
  // What else the parser stumbles over then comes of the tabs.
  const errors = isTabbed ? document.errors.filter(({ code }) => certain.has(code)) : document.errors;
  const mistakes: YamlMistake[] = errors.map((error) => ({
    ...place(error.pos[0]),
    problem: describe(error.code, error.message, text.slice(error.pos[0])),
  }));
  dropUnset(document, emptyMaps);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    mistakes.push({ line: 1, column: 1, problem: error instanceof Error ? error.message : String(error) });
  }
  return {
    value,
    mistakes,
    isTabbed,
    placeOf: (path, what = 'value') => place(offsetOf(document, path, what)),
  };
}

const certain: ReadonlySet<string> = new Set(['TAB_AS_INDENT', 'DUPLICATE_KEY']);

function describe(code: string, message: string, rest: string): string {
  if (code === 'DUPLICATE_KEY') {
    const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(rest)?.[0] ?? '';
    return `the key ${key.trim()} is there twice; keep one of them`;
  }
  if (code === 'TAB_AS_INDENT') return 'a tab is used as indentation; YAML takes spaces only';
  if (code === 'MULTIPLE_DOCS') return 'a second document starts here; one file holds one';
  return message;
}

/** A plain one stands for no value. */
export const unsetWords: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);

function dropUnset(document: Document, emptyMaps: ReadonlySet<string>): void {
  visit(document, {
    Pair: (_key, pair) => {
      const { value } = pair;
      const unset =
        value === null || (isScalar(value) && value.type === 'PLAIN' && unsetWords.has(value.source ?? ''));
      if (!unset) return undefined;
      if (!isScalar(pair.key) || !emptyMaps.has(String(pair.key.value))) return visit.REMOVE;
      pair.value = new YAMLMap();
      return visit.SKIP;
    },
  });
}

/** Where in the text the value (or the key of the value) at `path` starts. */
function offsetOf(document: Document, path: ValuePath, what: 'key' | 'value'): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const [index, step] of path.entries()) {
    const found = child(isAlias(node) ? node.resolve(document) : node, String(step));
    if (found === undefined) break;
    const isLast = index === path.length - 1;
    offset = (isLast && what === 'value' ? found.value : found.key)?.range?.[0] ?? offset;
    node = found.value;
  }
  return offset;
}

interface Child {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function child(node: unknown, step: string): Child | undefined {
  if (isSeq<Node>(node)) {
    const item = node.items[Number(step)];
    return item && { key: item, value: item };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === step);
  return pair && { key: pair.key, value: pair.value ?? undefined };
}
