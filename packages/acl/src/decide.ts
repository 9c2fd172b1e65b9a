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
  let index = 0;
  try {
    for (const rule of rules.list) {
      if (evaluation.matches(rule))
        return { actions: granted(rule, request.actions), rule: { index, comment: rule.comment } };
      index += 1;
    }
  } catch (error) {
    if (!(error instanceof TooMuchWork)) throw error;
    const comment = rules.list[index]?.comment;
    return { actions: [], rule: { index, comment }, undecided: 'too many combinations of labels to try' };
  }
  return { actions: [], rule: undefined };
}

function granted({ actions }: Rule, asked: readonly string[]): readonly string[] {
  if (actions === 'all') return asked;
  return [...new Set(asked)].filter((action) => actions.has(action)).sort(byteOrder);
}
