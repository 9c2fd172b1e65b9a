/**
 * What is wrong with rules, for the person who wrote them.
 */

export interface RuleFault {
  /** The rule's place in the list, from 0. */
  readonly index: number;
  /** Such as `match.name`, `match.labels.group`, `actions`; `rule` where it is none at all. */
  readonly field: string;
  /** What stands there. */
  readonly value: unknown;
  readonly reason: string;
}

/** Rules that cannot be compiled: the first fault's facts are its own, all of them are in `errors`. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly index: number;
  readonly field: string;
  readonly value: unknown;
  readonly reason: string;
  readonly errors: readonly RuleFault[];

  constructor(first: RuleFault, errors: readonly RuleFault[]) {
    super(errors.map(describe).join('\n'));
    this.index = first.index;
    this.field = first.field;
    this.value = first.value;
    this.reason = first.reason;
    this.errors = errors;
  }
}

function describe({ index, field, value, reason }: RuleFault): string {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`;
  return `rule ${index}, ${field}${shown}: ${reason}`;
}
