/**
 * The conditions of a compiled rule: a rule matches where all of them hold.
 */

import type { AddressRange } from './address.ts';
import type { Pattern, Test, VariablePattern } from './pattern.ts';
import type { Field } from './placeholders.ts';

export type Condition = FieldCondition | AddressCondition | LabelCondition;

export type FieldCondition =
  | { readonly kind: 'literal'; readonly field: Field; readonly text: string }
  | FixedCondition
  | { readonly kind: 'variable'; readonly field: Field; readonly pattern: VariablePattern };

/** `id` is the same for all rules that have the same pattern for the same field: it is asked once a decision. */
export interface FixedCondition {
  readonly kind: 'glob' | 'regex';
  readonly field: Field;
  readonly prefix: string;
  readonly test: Test;
  readonly id: number;
}

export interface AddressCondition {
  readonly kind: 'address';
  readonly range: AddressRange;
}

/** One of the request's values of `label` has to match. */
export interface LabelCondition {
  readonly kind: 'label';
  readonly label: string;
  readonly pattern: Pattern;
}

export interface Rule {
  /** Cheap ones first; their order changes nothing. */
  readonly conditions: readonly Condition[];
  /** 'all': whatever is asked for. */
  readonly actions: ReadonlySet<string> | 'all';
  readonly comment: string | undefined;
}

/** Rules made ready for `decide`; made only by `compileRules`. */
export interface Rules {
  readonly list: readonly Rule[];
  /** How many ids of fixed conditions there are. */
  readonly fixedCount: number;
}

const COSTS = {
  literal: 0,
  address: 1,
  glob: 2,
  regex: 3,
  label: 4,
  variable: 5,
} as const satisfies Record<Condition['kind'], number>;

/** Sorts conditions so that the cheap ones can rule out the others. */
export function byCost(a: Condition, b: Condition): number {
  return COSTS[a.kind] - COSTS[b.kind];
}
