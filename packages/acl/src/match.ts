/**
 * The `match` of a rule to conditions. Equal patterns of the same field share one compiled condition across all
 * rules.
 */

import { parseAddressRange } from './address.ts';
import type { Condition, FieldCondition, FixedCondition } from './condition.ts';
import { compilePattern, type Pattern, regexSource, VariablePattern } from './pattern.ts';
import { type Capture, type Captures, FIELDS, type Field, findCaptures } from './placeholders.ts';
import { compileRegex, type Regex } from './regex.ts';
import { type Complain, isObject, readOptionalString, readString, refuseUnknown } from './shape.ts';

type Patterns = ReadonlyMap<Field, string>;

const KNOWN = [...FIELDS, 'ip', 'labels'];

export class MatchCompiler {
  private readonly fixed = new Map<string, FixedCondition>();

  get fixedCount(): number {
    return this.fixed.size;
  }

  /** The conditions that `match` names; what it cannot compile it complains of and leaves out. */
  compile(match: unknown, complain: Complain): readonly Condition[] {
    if (!isObject(match)) {
      complain('match', match, 'has to be an object of conditions; {} matches everything');
      return [];
    }
    refuseUnknown(match, KNOWN, 'match.', complain);
    const patterns = readPatterns(match, complain);
    const captures = capturesOf(patterns);
    return [
      ...this.fieldConditions(patterns, captures, complain),
      ...addressConditions(match['ip'], complain),
      ...labelConditions(match['labels'], captures, complain),
    ];
  }

  private fieldConditions(patterns: Patterns, captures: Captures, complain: Complain): readonly Condition[] {
    return [...patterns].flatMap(([field, text]) => {
      const pattern = attempt(() => compilePattern(text, captures), `match.${field}`, text, complain);
      return pattern === undefined ? [] : [this.fieldCondition(field, text, pattern)];
    });
  }

  private fieldCondition(field: Field, text: string, pattern: Pattern): FieldCondition {
    if (pattern instanceof VariablePattern) return { kind: 'variable', field, pattern };
    if (pattern.kind === 'literal') return { kind: 'literal', field, text: pattern.text };
    const key = `${field} ${text}`;
    const condition = this.fixed.get(key) ?? { ...pattern, field, id: this.fixed.size };
    this.fixed.set(key, condition);
    return condition;
  }
}

function readPatterns(match: Readonly<Record<string, unknown>>, complain: Complain): Patterns {
  const patterns = new Map<Field, string>();
  for (const field of FIELDS) {
    const pattern = readOptionalString(match[field], `match.${field}`, complain);
    if (pattern !== undefined) patterns.set(field, pattern);
  }
  return patterns;
}

/** The capture groups that any of the patterns names and that the regex of the field named has. */
function capturesOf(patterns: Patterns): Captures {
  const captures = new Map<string, Capture>();
  for (const { text, field, group } of [...patterns.values()].flatMap(findCaptures)) {
    const regex = capturingRegex(patterns.get(field));
    if (regex === undefined || group < 1 || group > regex.groupCount) continue;
    captures.set(text, { field, group, groups: regex.groups });
  }
  return captures;
}

function capturingRegex(pattern: string | undefined): Regex | undefined {
  const source = pattern === undefined ? undefined : regexSource(pattern);
  // One that doesn't compile is complained of where it stands.
  return source === undefined
    ? undefined
    : attempt(
        () => compileRegex(source),
        '',
        source,
        () => {},
      );
}

function addressConditions(ip: unknown, complain: Complain): readonly Condition[] {
  const text = readOptionalString(ip, 'match.ip', complain);
  if (text === undefined) return [];
  const range = parseAddressRange(text);
  if (range !== undefined) return [{ kind: 'address', range }];
  complain('match.ip', ip, 'is no IP address and no range such as 10.0.0.0/8 or 2001:db8::/32');
  return [];
}

function labelConditions(labels: unknown, captures: Captures, complain: Complain): readonly Condition[] {
  if (labels === undefined || labels === null) return [];
  if (!isObject(labels)) {
    complain('match.labels', labels, 'has to be an object of patterns by label');
    return [];
  }
  return Object.entries(labels).flatMap(([label, value]): Condition[] => {
    const field = `match.labels.${label}`;
    const text = readString(value, field, complain);
    if (text === undefined) return [];
    const pattern = attempt(() => compilePattern(text, captures), field, text, complain);
    return pattern === undefined ? [] : [{ kind: 'label', label, pattern }];
  });
}

function attempt<T>(compile: () => T, field: string, value: string, complain: Complain): T | undefined {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    complain(field, value, error.message);
    return undefined;
  }
}
