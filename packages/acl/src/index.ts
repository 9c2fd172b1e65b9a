/** The face of @berth/acl: the words of a scope, and the rules that say who may do what. */

export type { AccessRequest, Decision, Labels } from './request.ts';
export type { RuleFault, Rules } from './rules.ts';
export { compileRules, decide, RuleError } from './rules.ts';
export type { Access, Scope } from './scope.ts';
export { formatScope, parseScope, parseScopes, ScopeError } from './scope.ts';
