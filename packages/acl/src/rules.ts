import type { AccessRequest, Decision } from './request.ts';

export interface RuleFault {
  readonly index: number;
  readonly field: string;
  readonly value: unknown;
  readonly reason: string;
}

/** Rules that cannot be compiled: the first one's facts, and those of all in `errors`. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly index: number;
  readonly field: string;
  readonly value: unknown;
  readonly reason: string;
  readonly errors: readonly RuleFault[];

  constructor(first: RuleFault, errors: readonly RuleFault[]) {
    super(errors.map(({ index, field, reason }) => `rule ${index}, ${field}: ${reason}`).join('\n'));
    this.index = first.index;
    this.field = first.field;
    this.value = first.value;
    this.reason = first.reason;
    this.errors = errors;
  }
}

/** Rules made ready for `decide`; made only by `compileRules`. */
export interface Rules {
  readonly list: readonly unknown[];
}

/** @throws {RuleError} */
export function compileRules(rules: readonly unknown[]): Rules {
  return { list: rules };
}

export function decide(_rules: Rules, _request: AccessRequest): Decision {
  return { actions: [], rule: undefined };
}
