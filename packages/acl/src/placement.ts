/**
 * Where in a pattern a placeholder stands, and whether a value can be taken as it is there. A quoted value is
 * safe among plain text and in a class; it is not after a `\`, at the end of a range, or inside a repetition,
 * where the rule's own text would give it another meaning (`/\${account}/` with the account "d" is any digit).
 * Such a rule is refused: one that silently never matched might be the one that was to deny.
 */

import type { Placeholder } from './placeholders.ts';

export type PatternKind = 'glob' | 'regex';

/** A placeholder with what its place asks for. */
export interface Slot extends Placeholder {
  /** Inside `\Q…\E`, which is left for the value, as the value could end it. */
  readonly verbatim: boolean;
  /** At the start of a class: an empty value would give the characters after it another meaning. */
  readonly needsValue: boolean;
  /** The pattern matches only what contains the value: where the subject doesn't, nothing is left to try. */
  readonly contained: boolean;
}

export type Piece = string | Slot;

type Mode = 'plain' | 'class' | 'verbatim';

/** The next token of a pattern's own text, by kind and mode; a piece may end in the middle of one. */
const TOKENS = {
  glob: { plain: /\\.?|\[\^?|./sy, class: /\\.?|./sy, verbatim: /./sy },
  regex: {
    plain: /\\[0-7]{1,3}|\\[pPx]\{[^}]*\}|\\.?|\[\^?\]?|\{[0-9]*,?[0-9]*|\(\?:|\(\?P?<\w*>|\(\?|./sy,
    class: /\[:\^?[a-z]+:\]|\\[0-7]{1,3}|\\[pPx]\{[^}]*\}|\\.?|./sy,
    verbatim: /\\E|./sy,
  },
} as const satisfies Record<PatternKind, Record<Mode, RegExp>>;

const AFTER_BACKSLASH = [/^\\$/, 'right after a \\'] as const;
const AFTER_RANGE = [/^-$/, 'at the end of a range'] as const;
const AFTER_OCTAL = [/^\\[0-7]{1,2}$/, 'right after an octal escape'] as const;
const IN_REPETITION = [/^\{/, 'inside a {…} repetition'] as const;

/** Tokens after which a value would mean more than itself, and what to tell the person who wrote them. */
const UNSAFE_AFTER = {
  glob: { plain: [AFTER_BACKSLASH], class: [AFTER_BACKSLASH, AFTER_RANGE], verbatim: [] },
  regex: {
    plain: [AFTER_BACKSLASH, AFTER_OCTAL, IN_REPETITION],
    class: [AFTER_BACKSLASH, AFTER_OCTAL, AFTER_RANGE],
    verbatim: [AFTER_BACKSLASH],
  },
} as const satisfies Record<PatternKind, Record<Mode, readonly (readonly [after: RegExp, where: string])[]>>;

const QUANTIFIER = /^[*+?{]/;

/**
 * The pieces of a pattern with what the place of each placeholder asks for. The pattern is one that compiles
 * with its placeholders as text.
 *
 * @throws {SyntaxError} for a placeholder at a place where its value cannot be taken as it is
 */
export function placeSlots(kind: PatternKind, pieces: readonly (string | Placeholder)[]): readonly Piece[] {
  const scan = new Scan(kind);
  const placed = pieces.map((piece, index): Piece => {
    if (typeof piece !== 'string') return place(scan, piece, pieces[index + 1]);
    scan.read(piece);
    return piece;
  });
  if (!scan.choices) return placed;
  return placed.map((piece) => (typeof piece === 'string' ? piece : { ...piece, contained: false }));
}

function place(scan: Scan, placeholder: Placeholder, next: string | Placeholder | undefined): Slot {
  const { kind, mode, token, depth } = scan;
  const unsafe = UNSAFE_AFTER[kind][mode].find(([after]) => after.test(token));
  if (unsafe !== undefined) throw misplaced(placeholder, unsafe[1]);
  if (mode === 'class' && typeof next === 'string' && next.startsWith('-'))
    throw misplaced(placeholder, 'at the end of a range');
  // A quantifier leaves the last character out; one after an empty neighbour would, too.
  const whole = next === undefined || (typeof next === 'string' && !QUANTIFIER.test(next));
  scan.pass();
  return {
    ...placeholder,
    verbatim: mode === 'verbatim',
    needsValue: mode === 'class' && /^\[|^\^$/.test(token),
    contained: mode === 'plain' && (kind === 'glob' || (depth === 0 && whole)),
  };
}

function misplaced({ text }: Placeholder, where: string): SyntaxError {
  return new SyntaxError(`${text} stands ${where}, where its value would not stand for itself`);
}

/** A walk through a pattern's own text that knows what it is inside of. */
class Scan {
  readonly kind: PatternKind;
  mode: Mode = 'plain';
  /** The last token read; empty after a placeholder. */
  token = '';
  /** How many groups are open. */
  depth = 0;
  /** Whether not all of the text has to be matched as it is: there are alternatives, or flags. */
  choices = false;

  constructor(kind: PatternKind) {
    this.kind = kind;
  }

  read(text: string): void {
    for (let at = 0; at < text.length; at += this.token.length) {
      const next = TOKENS[this.kind][this.mode];
      next.lastIndex = at;
      this.token = next.exec(text)?.[0] ?? '';
      this.mode = this.modeAfter();
      if (this.kind === 'regex' && this.mode === 'plain') this.count();
    }
  }

  pass(): void {
    this.token = '';
  }

  private modeAfter(): Mode {
    if (this.mode === 'class') return this.token === ']' ? 'plain' : 'class';
    if (this.mode === 'verbatim') return this.token === '\\E' ? 'plain' : 'verbatim';
    if (this.token.startsWith('[')) return 'class';
    return this.kind === 'regex' && this.token === '\\Q' ? 'verbatim' : 'plain';
  }

  private count(): void {
    if (this.token.startsWith('(')) this.depth += 1;
    if (this.token === ')') this.depth -= 1;
    if (this.token === '(?' || (this.token === '|' && this.depth === 0)) this.choices = true;
  }
}
