/** The face of @berth/acl: the words of a scope, the rules that say who may do what, and Go's regular expressions. */

export type { Rules } from './condition.ts';
export { decide } from './decide.ts';
export { compileRegex, type Regex } from './regex.ts';
export type { AccessRequest, Decision, Labels } from './request.ts';
export { RuleError, type RuleFault } from './rule-error.ts';
export { compileRules } from './rules.ts';
export type { Access, Scope } from './scope.ts';
export { formatScope, parseScope, parseScopes, ScopeError } from './scope.ts';
