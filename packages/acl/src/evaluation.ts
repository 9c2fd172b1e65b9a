/**
 * One request against conditions. Lives for one decision and remembers what it found out on the way: the
 * address, which fixed patterns match, which values of a label can matter.
 */

import { type Address, type AddressRange, inRange, parseAddress } from './address.ts';
import type { Condition, FixedCondition, LabelCondition, Rule } from './condition.ts';
import { VariablePattern } from './pattern.ts';
import type { Field } from './placeholders.ts';
import type { Slot } from './placement.ts';
import type { AccessRequest } from './request.ts';

/**
 * How much one decision may try out, in microseconds or so. Two labels with a thousand values each make a
 * million patterns, and nobody else is served meanwhile; this is about 25 ms. Where it can be told, only values
 * that the subject contains are tried, so that rules that name a team are far from it.
 */
const WORK_LIMIT = 25_000;

/** What one more combination of labels costs: a glob to parse and match, a regex to compile and match. */
const TRY_COSTS = { glob: 5, regex: 25 } as const;

export class TooMuchWork extends Error {}

const UNKNOWN = 0;
const YES = 1;
const NO = 2;

export class Evaluation {
  private readonly request: AccessRequest;
  private readonly fixed: Uint8Array;
  private readonly candidateLists = new Map<string, readonly string[]>();
  private address: Address | 'none' | undefined;
  private workLeft = WORK_LIMIT;

  constructor(fixedCount: number, request: AccessRequest) {
    this.request = request;
    this.fixed = new Uint8Array(fixedCount);
  }

  /** @throws {TooMuchWork} where that would take more than one decision may */
  matches(rule: Rule): boolean {
    for (const condition of rule.conditions) if (!this.holds(condition)) return false;
    return true;
  }

  private holds(condition: Condition): boolean {
    switch (condition.kind) {
      case 'literal':
        return this.request[condition.field] === condition.text;
      case 'glob':
      case 'regex':
        return this.fixedHolds(condition);
      case 'address':
        return this.inRange(condition.range);
      case 'label':
        return this.labelHolds(condition);
      case 'variable':
        return this.variableHolds(condition.field, condition.pattern);
    }
  }

  private fixedHolds({ id, field, prefix, test }: FixedCondition): boolean {
    const subject = this.request[field];
    if (!subject.startsWith(prefix)) return false;
    if (this.fixed[id] === UNKNOWN) this.fixed[id] = test(subject) ? YES : NO;
    return this.fixed[id] === YES;
  }

  private inRange(range: AddressRange): boolean {
    const { ip } = this.request;
    this.address ??= (ip === undefined ? undefined : parseAddress(ip)) ?? 'none';
    return this.address !== 'none' && inRange(range, this.address);
  }

  /** Placeholders of labels stay text in a label's own pattern, as in docker_auth. */
  private labelHolds({ label, pattern }: LabelCondition): boolean {
    return this.labelValues(label).some((value) => {
      if (pattern instanceof VariablePattern) return pattern.test(value, (slot) => this.valueOf(slot));
      return pattern.kind === 'literal' ? value === pattern.text : pattern.test(value);
    });
  }

  /** First with the placeholders of labels as text, then with every combination of their values. */
  private variableHolds(field: Field, pattern: VariablePattern): boolean {
    const subject = this.request[field];
    if (!pattern.mayMatch(subject)) return false;
    if (pattern.test(subject, (slot) => this.valueOf(slot))) return true;
    const labels = pattern.labels.filter((label) => Object.hasOwn(this.request.labels, label));
    if (labels.length === 0) return false;
    const candidates = labels.map((label) => this.candidates(field, pattern, label));
    if (candidates.some((values) => values.length === 0)) return false;
    for (const values of combinations(candidates)) {
      this.workLeft -= TRY_COSTS[pattern.kind];
      if (this.workLeft < 0) throw new TooMuchWork();
      const byLabel = new Map(labels.map((label, index) => [label, values[index]]));
      if (pattern.test(subject, (slot) => this.valueOf(slot, byLabel))) return true;
    }
    return false;
  }

  private valueOf({ source }: Slot, byLabel?: ReadonlyMap<string, string | undefined>): string | undefined {
    switch (source.kind) {
      case 'field':
        return this.request[source.field];
      case 'label':
        return byLabel?.get(source.label);
      case 'capture':
        return source.capture.groups(this.request[source.capture.field])?.[source.capture.group];
    }
  }

  private labelValues(label: string): readonly string[] {
    return Object.hasOwn(this.request.labels, label) ? (this.request.labels[label] ?? []) : [];
  }

  /** The values of a label that the pattern might match with: where it says so, those in the subject. */
  private candidates(field: Field, pattern: VariablePattern, label: string): readonly string[] {
    const contained = pattern.contains(label);
    const key = `${contained} ${field} ${label}`;
    const known = this.candidateLists.get(key);
    if (known !== undefined) return known;
    const distinct = [...new Set(this.labelValues(label))];
    const list = contained ? distinct.filter((value) => this.request[field].includes(value)) : distinct;
    this.candidateLists.set(key, list);
    return list;
  }
}

/** Every way to take one of each list, none of which is empty: as many as the product of their lengths. */
function* combinations(lists: readonly (readonly string[])[]): Generator<readonly string[]> {
  const [first, ...rest] = lists;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const others of combinations(rest)) for (const value of first) yield [value, ...others];
}
