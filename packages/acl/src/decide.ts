/**
 * The decision: the first rule that matches says which of the actions are granted; where none does, none is.
 */

import type { Rule, Rules } from './condition.ts';
import { Evaluation, TooMuchWork } from './evaluation.ts';
import type { AccessRequest, Decision } from './request.ts';
import { byteOrder } from './scope.ts';

/**
 * What `rules` grant to `request`: of the actions asked for, those of the first rule that matches, in byte
 * order and each once; as they are asked for, if the rule grants all.
 *
 * A rule that takes more work than the limit cannot be skipped, as it might be one that denies: the request
 * gets nothing, and the decision says so.
 */
export function decide(rules: Rules, request: AccessRequest): Decision {
  const evaluation = new Evaluation(rules.fixedCount, request);
  for (const [index, rule] of rules.list.entries()) {
    const outcome = outcomeOf(evaluation, rule);
    if (outcome === 'no match') continue;
    const decided = { index, comment: rule.comment };
    return outcome === 'match'
      ? { actions: granted(rule, request.actions), rule: decided }
      : { actions: [], rule: decided, undecided: 'too many combinations of labels to try' };
  }
  return { actions: [], rule: undefined };
}

function outcomeOf(evaluation: Evaluation, rule: Rule): 'match' | 'no match' | 'too much work' {
  try {
    return evaluation.matches(rule) ? 'match' : 'no match';
  } catch (error) {
    if (error instanceof TooMuchWork) return 'too much work';
    throw error;
  }
}

function granted({ actions }: Rule, asked: readonly string[]): readonly string[] {
  if (actions === 'all') return asked;
  return [...new Set(asked)].filter((action) => actions.has(action)).sort(byteOrder);
}
