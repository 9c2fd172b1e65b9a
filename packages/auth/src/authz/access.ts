// From the scopes that are asked for to the `access` claim, entry for entry as docker_auth makes it.

import { isIP } from 'node:net';
import { type Access, type Decision, formatScope, type Labels, type Scope } from '@berth/acl';
import { AuthError } from '../errors.ts';
import type { ScopeDecision } from '../events.ts';
import { type Authorizer, authorize } from './authorizer.ts';

/** Who asks, as the rules see them. */
export interface Subject {
  readonly account: string;
  readonly labels: Labels;
  readonly service: string;
  readonly address: string;
}

export interface GrantedAccess {
  readonly access: readonly Access[];
  readonly decisions: readonly ScopeDecision[];
}

const NOTHING: Decision = { actions: [], rule: undefined };

/**
 * One entry for each scope, in their order, doubles too, with the granted actions sorted, and with none
 * where nothing is granted. A class is left out: `repository(plugin)` and `repository` are one.
 */
export async function grantAccess(
  sources: readonly Authorizer[],
  subject: Subject,
  scopes: readonly Scope[],
): Promise<GrantedAccess> {
  const access: Access[] = [];
  const decisions: ScopeDecision[] = [];
  for (const scope of scopes) {
    const decided = await authorize(sources, accessRequest(subject, scope));
    if (decided.answer === 'away')
      throw new AuthError('UNAVAILABLE', `the rules can't be asked: ${decided.reason}`);
    const { actions, rule, undecided } = decided.answer === 'yes' ? decided : NOTHING;
    const granted = actions.toSorted(byteOrder);
    access.push({ type: scope.type, name: scope.name, actions: granted });
    decisions.push({ scope: formatScope(scope), granted, rule, undecided });
  }
  return { access, decisions };
}

/** The question that the rules answer. */
export function accessRequest({ account, labels, service, address }: Subject, scope: Omit<Scope, 'class'>) {
  const { type, name, actions } = scope;
  return { account, labels, service, ip: isIP(address) === 0 ? undefined : address, type, name, actions };
}

/** As Go sorts strings. */
function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
