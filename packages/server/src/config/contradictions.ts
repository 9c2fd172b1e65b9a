// Where a registry's configuration and a token server's contradict each other, so that nobody could get in. Pure.

import { compileRules, decide } from '@berth/acl';
import type { AuthFile } from './auth-file.ts';
import type { RegistryFile } from './registry-file.ts';

/** One line for each. Nothing where the registry takes no tokens. */
export function contradictions(registry: RegistryFile, auth: AuthFile): readonly string[] {
  const { access } = registry;
  if (access.kind !== 'token') return [];
  const lines: string[] = [];
  if (access.issuer !== auth.token.issuer) {
    lines.push(
      `${registry.file} and ${auth.file} contradict each other: auth.token.issuer is ${quoted(access.issuer)} and token.issuer ${quoted(auth.token.issuer)}; they must be the same`,
    );
  }
  if (!mayMatch(auth.acl, access.service)) {
    lines.push(
      `${registry.file} and ${auth.file} contradict each other: no rule of acl is for the service ${quoted(access.service)} (auth.token.service), so that nobody may do anything`,
    );
  }
  return lines;
}

/** Whether a rule could match a request for this service, whatever else it asks. */
function mayMatch(acl: readonly unknown[], service: string): boolean {
  return acl.length === 0 || acl.some((rule) => isFor(serviceOf(rule), service));
}

function serviceOf(rule: unknown): string | undefined {
  const match = typeof rule === 'object' && rule !== null && 'match' in rule ? rule.match : undefined;
  const service =
    typeof match === 'object' && match !== null && 'service' in match ? match.service : undefined;
  return typeof service === 'string' ? service : undefined;
}

/** A pattern with another field's value in it may match anything. */
function isFor(pattern: string | undefined, service: string): boolean {
  if (pattern === undefined || pattern.includes('${')) return true;
  const rules = compileRules([{ match: { service: pattern }, actions: ['*'] }]);
  const request = { account: '', type: '', name: '', ip: undefined, actions: [], labels: {} };
  return decide(rules, { ...request, service }).rule !== undefined;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
