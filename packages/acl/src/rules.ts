/**
 * Rules from configuration to their compiled form. What they decide stands in decide.ts.
 *
 * Stricter than docker_auth where it would ignore or crash: an unknown field is refused (there a misspelt
 * condition is none, and the rule matches more than it says), and so is a rule without `match` or `actions`
 * (there a crash at start and at the first match). As there, `match: {}` matches everything, `actions: []`
 * grants nothing, a condition that is null is none, and a malformed glob is a glob that never matches.
 */

import { byCost, type Rule, type Rules } from './condition.ts';
import { MatchCompiler } from './match.ts';
import { RuleError, type RuleFault } from './rule-error.ts';
import { type Complain, isObject, readOptionalString, readString, refuseUnknown } from './shape.ts';

/**
 * The rules that `rules` are, each `{ match, actions, comment? }` as in docker_auth's `acl`.
 *
 * @throws {RuleError} with everything that is wrong with any of them
 */
export function compileRules(rules: readonly unknown[]): Rules {
  const faults: RuleFault[] = [];
  const matches = new MatchCompiler();
  const list = rules.map((rule, index) =>
    compileRule(rule, matches, (field, value, reason) => faults.push({ index, field, value, reason })),
  );
  const [first] = faults;
  if (first !== undefined) throw new RuleError(first, faults);
  return { list, fixedCount: matches.fixedCount };
}

function compileRule(rule: unknown, matches: MatchCompiler, complain: Complain): Rule {
  if (!isObject(rule)) {
    complain('rule', rule, 'has to be an object with match and actions');
    return { conditions: [], actions: new Set(), comment: undefined };
  }
  refuseUnknown(rule, ['match', 'actions', 'comment'], '', complain);
  return {
    conditions: matches.compile(rule['match'], complain).toSorted(byCost),
    actions: readActions(rule['actions'], complain),
    comment: readOptionalString(rule['comment'], 'comment', complain),
  };
}

/** `*` stands for every action only where it is the only one; among others it is an action of that name. */
function readActions(actions: unknown, complain: Complain): ReadonlySet<string> | 'all' {
  if (!Array.isArray(actions)) {
    complain('actions', actions, 'has to be a list of actions; [] grants nothing');
    return new Set();
  }
  const names = actions.flatMap((action, index) => readString(action, `actions[${index}]`, complain) ?? []);
  return names.length === 1 && names[0] === '*' ? 'all' : new Set(names);
}
