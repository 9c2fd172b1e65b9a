/**
 * Globs as Go's `path.Match` has them: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]`, `\` takes what follows
 * as it is, and the whole subject has to match. A glob that is malformed anywhere matches nothing.
 *
 * Go works on bytes: `*` may end inside a character, of which `?` then takes single bytes (`*??` matches "€").
 * To decide the same, so does this: subjects and patterns become strings with one UTF-8 byte per character.
 */

export interface Glob {
  /** The one text that it matches, if it has no wildcard. */
  readonly literal: string | undefined;
  test(subject: string): boolean;
}

/** A byte of its own, any one character but `/`, or a character in (or not in) some ranges. */
type Step = number | 'any' | CharacterClass;

interface CharacterClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

/** What stands between two stars; `star` where one stands before it. */
interface Chunk {
  readonly star: boolean;
  readonly steps: readonly Step[];
}

const SLASH = 0x2f;
const REPLACEMENT = 0xfffd;

/** The glob that `pattern` is; undefined where it is malformed. */
export function compileGlob(pattern: string): Glob | undefined {
  const chunks = parseChunks(toBytes(pattern));
  if (chunks === undefined) return undefined;
  const literal = literalOf(chunks);
  if (literal !== undefined) return { literal, test: (subject) => subject === literal };
  return { literal, test: (subject) => matchChunks(chunks, toBytes(subject)) };
}

function toBytes(text: string): string {
  return /[^\0-\x7f]/.test(text) ? Buffer.from(text).toString('latin1') : text;
}

function literalOf(chunks: readonly Chunk[]): string | undefined {
  const [chunk, second] = chunks;
  if (chunk === undefined) return '';
  if (second !== undefined || chunk.star) return undefined;
  const bytes = chunk.steps.filter((step) => typeof step === 'number');
  return bytes.length === chunk.steps.length ? Buffer.from(bytes).toString() : undefined;
}

function parseChunks(pattern: string): readonly Chunk[] | undefined {
  const chunks: Chunk[] = [];
  for (let at = 0; at < pattern.length; ) {
    const start = at;
    while (pattern[at] === '*') at += 1;
    const steps: Step[] = [];
    chunks.push({ star: at > start, steps });
    while (at < pattern.length && pattern[at] !== '*') {
      const parsed = parseStep(pattern, at);
      if (parsed === undefined) return undefined;
      steps.push(parsed.step);
      at = parsed.end;
    }
  }
  return chunks;
}

function parseStep(pattern: string, at: number): { step: Step; end: number } | undefined {
  if (pattern[at] === '?') return { step: 'any', end: at + 1 };
  if (pattern[at] === '[') return parseClass(pattern, at + 1);
  const taken = pattern[at] === '\\' ? at + 1 : at;
  return taken < pattern.length ? { step: pattern.charCodeAt(taken), end: taken + 1 } : undefined;
}

function parseClass(pattern: string, start: number): { step: CharacterClass; end: number } | undefined {
  const negated = pattern[start] === '^';
  const ranges: [number, number][] = [];
  let at = negated ? start + 1 : start;
  while (pattern[at] !== ']' || ranges.length === 0) {
    const low = parseClassCharacter(pattern, at);
    const high = low && pattern[low.end] === '-' ? parseClassCharacter(pattern, low.end + 1) : low;
    if (low === undefined || high === undefined) return undefined;
    ranges.push([low.rune, high.rune]);
    at = high.end;
  }
  return { step: { negated, ranges }, end: at + 1 };
}

/** A character of a class may be anything but `-` and `]`, which take a `\`; more of the class has to follow. */
function parseClassCharacter(pattern: string, at: number): { rune: number; end: number } | undefined {
  if (pattern[at] === '-' || pattern[at] === ']') return undefined;
  const taken = pattern[at] === '\\' ? at + 1 : at;
  const end = taken + runeWidth(pattern, taken);
  return end < pattern.length ? { rune: runeAt(pattern, taken), end } : undefined;
}

/** Leftmost chunk after chunk, never going back: at most chunks × subject × steps. */
function matchChunks(chunks: readonly Chunk[], subject: string): boolean {
  let at = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (chunk.star && chunk.steps.length === 0) return subject.indexOf('/', at) === -1;
    const end = matchChunk(chunk, subject, at, index === chunks.length - 1);
    if (end === undefined) return false;
    at = end;
  }
  return at === subject.length;
}

/** Where the first place ends at which `chunk` matches from `from` on; the last one has to reach the end. */
function matchChunk(chunk: Chunk, subject: string, from: number, last: boolean): number | undefined {
  for (let at = from; at <= subject.length; at += 1) {
    const end = matchSteps(chunk.steps, subject, at);
    if (end !== undefined && (!last || end === subject.length)) return end;
    if (!chunk.star || subject.charCodeAt(at) === SLASH) return undefined;
  }
  return undefined;
}

function matchSteps(steps: readonly Step[], subject: string, from: number): number | undefined {
  let at = from;
  for (const step of steps) {
    if (at >= subject.length) return undefined;
    if (typeof step === 'number') {
      if (subject.charCodeAt(at) !== step) return undefined;
      at += 1;
      continue;
    }
    if (step === 'any' ? subject.charCodeAt(at) === SLASH : !inClass(step, runeAt(subject, at)))
      return undefined;
    at += runeWidth(subject, at);
  }
  return at;
}

function inClass({ negated, ranges }: CharacterClass, rune: number): boolean {
  return ranges.some(([low, high]) => low <= rune && rune <= high) !== negated;
}

/** How many bytes the character at `at` has; 1 where `at` is inside of one. */
function runeWidth(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at);
  if (first < 0xc0 || Number.isNaN(first)) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function runeAt(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return first;
  const width = runeWidth(bytes, at);
  if (width === 1) return REPLACEMENT;
  let rune = first & (0x7f >> width);
  for (let next = at + 1; next < at + width; next += 1) rune = (rune << 6) | (bytes.charCodeAt(next) & 0x3f);
  return rune;
}
