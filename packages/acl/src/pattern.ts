/**
 * Patterns of a rule: `/…/` is a regex that may match anywhere, all else a glob that matches the whole; both
 * may have placeholders. Which of the two it is, the rule's own text decides, never a value put into it.
 */

import { compileGlob } from './glob.ts';
import { type Captures, quote, splitPlaceholders } from './placeholders.ts';
import { type PatternKind, type Piece, placeSlots, type Slot } from './placement.ts';
import { prefixOf } from './prefix.ts';
import { compileRegex } from './regex.ts';

export type Test = (subject: string) => boolean;

/** A pattern that is the same for every request. */
export type FixedPattern =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: PatternKind; readonly prefix: string; readonly test: Test };

export type Pattern = FixedPattern | VariablePattern;

/** Values of slots: undefined where there is none and the placeholder stays as it is written. */
export type SlotValue = (slot: Slot) => string | undefined;

/** @throws {SyntaxError} if it cannot be compiled */
export function compilePattern(pattern: string, captures: Captures): Pattern {
  const inner = regexSource(pattern);
  const kind = inner === undefined ? 'glob' : 'regex';
  if (inner !== undefined) compileRegex(inner);
  const pieces = placeSlots(kind, splitPlaceholders(inner ?? pattern, captures));
  if (pieces.some((piece) => typeof piece !== 'string')) return new VariablePattern(kind, pieces);
  return compileFixed(kind, inner ?? pattern);
}

/** What stands between the slashes of `/…/`; undefined where the pattern is a glob, as `//` is. */
export function regexSource(pattern: string): string | undefined {
  return pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/')
    ? pattern.slice(1, -1)
    : undefined;
}

function compileFixed(kind: PatternKind, text: string): FixedPattern {
  const prefix = prefixOf(kind, [text], true);
  if (kind === 'regex') return { kind, prefix, test: compileRegex(text).test };
  const glob = compileGlob(text);
  if (glob?.literal !== undefined) return { kind: 'literal', text: glob.literal };
  return { kind, prefix, test: glob?.test ?? (() => false) };
}

/** A pattern with placeholders, compiled as their values come. Keeps the last one: rights are asked for in runs. */
export class VariablePattern {
  readonly kind: PatternKind;
  /** The labels that it has placeholders for, each once. */
  readonly labels: readonly string[];
  private readonly slots: readonly Slot[];
  private readonly pieces: readonly Piece[];
  private readonly prefix: string;
  private last: { readonly text: string; readonly test: Test } | undefined;

  constructor(kind: PatternKind, pieces: readonly Piece[]) {
    this.kind = kind;
    this.pieces = pieces;
    const ownText = pieces.filter((piece) => typeof piece === 'string');
    // A last piece that is a placeholder may be followed by nothing: it counts as text that is empty.
    this.prefix = prefixOf(kind, [...ownText, ''], typeof pieces[0] === 'string');
    this.slots = pieces.filter((piece) => typeof piece !== 'string');
    this.labels = [
      ...new Set(this.slots.flatMap(({ source }) => (source.kind === 'label' ? [source.label] : []))),
    ];
  }

  /** Whether it matches with these values in its slots, each standing for itself. */
  test(subject: string, slotValue: SlotValue): boolean {
    if (!this.mayMatch(subject)) return false;
    const text = this.fill(subject, slotValue);
    if (text === undefined) return false;
    if (this.kind === 'regex' && text === '') return subject === '//'; // `/…/` of nothing is a glob again
    if (this.last?.text !== text) this.last = { text, test: testOf(this.kind, text) };
    return this.last.test(subject);
  }

  /** Whether the subject starts as the pattern does: if not, no values make it match. */
  mayMatch(subject: string): boolean {
    return subject.startsWith(this.prefix);
  }

  /** Whether what it matches contains the value of `label`, whatever that is. */
  contains(label: string): boolean {
    return this.slots.some(
      ({ source, contained }) => contained && source.kind === 'label' && source.label === label,
    );
  }

  /** The pattern with its values; undefined where it is already clear that it cannot match. */
  private fill(subject: string, slotValue: SlotValue): string | undefined {
    let text = '';
    for (const piece of this.pieces) {
      if (typeof piece === 'string') {
        text += piece;
        continue;
      }
      const value = slotValue(piece);
      if (!this.possible(piece, value, subject)) return undefined;
      text += value === undefined ? piece.text : fillIn(piece, value);
    }
    return text;
  }

  private possible(slot: Slot, value: string | undefined, subject: string): boolean {
    if (value === '') return !slot.needsValue;
    if (!slot.contained) return true;
    if (value !== undefined) return subject.includes(value);
    // Left as it is written, a placeholder means its own text in a glob; in a regex it is text after the end.
    return this.kind === 'glob' && subject.includes('${');
  }
}

function fillIn(slot: Slot, value: string): string {
  return slot.verbatim ? `\\E${quote(value)}\\Q` : quote(value);
}

/** With a value in it a regex may be none any more (`a*${account}*` of nobody): it matches nothing, as in docker_auth. */
function testOf(kind: PatternKind, text: string): Test {
  try {
    const fixed = compileFixed(kind, text);
    return fixed.kind === 'literal' ? (subject) => subject === fixed.text : fixed.test;
  } catch (error) {
    if (error instanceof SyntaxError) return () => false;
    throw error;
  }
}
