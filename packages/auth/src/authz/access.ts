// From the scopes that are asked for to the `access` claim, entry for entry as docker_auth makes it.

import { isIP } from 'node:net';
import type { Access, Decision, Labels, Scope } from '@berth/acl';
import { AuthError } from '../errors.ts';
import { type Authorization, type Authorizer, authorize } from './authorizer.ts';

/** Who asks, as the rules see them. */
export interface Subject {
  readonly account: string;
  readonly labels: Labels;
  readonly service: string;
  readonly address: string;
}

/** What became of one scope: its entry in the claim, and why it is what it is. */
export interface ScopeGrant {
  readonly scope: Scope;
  readonly access: Access;
  readonly rule: Decision['rule'];
  readonly undecided: string | undefined;
}

const NOTHING: Decision = { actions: [], rule: undefined };

/**
 * One grant for each scope, in their order, doubles too, with the granted actions sorted, and with none
 * where nothing is granted. A class is left out: `repository(plugin)` and `repository` are one. A promise only where a
 * source has to wait for its answer.
 */
export function grantAccess(
  sources: readonly Authorizer[],
  subject: Subject,
  scopes: readonly Scope[],
): readonly ScopeGrant[] | Promise<readonly ScopeGrant[]> {
  const grants: ScopeGrant[] = [];
  for (const [index, scope] of scopes.entries()) {
    const asked = authorize(sources, accessRequest(subject, scope));
    if (asked instanceof Promise) {
      return asked.then(async (decided) => {
        const others = await grantAccess(sources, subject, scopes.slice(index + 1));
        return [...grants, scopeGrant(scope, decided), ...others];
      });
    }
    grants.push(scopeGrant(scope, asked));
  }
  return grants;
}

function scopeGrant(scope: Scope, decided: Authorization): ScopeGrant {
  if (decided.answer === 'away')
    throw new AuthError('UNAVAILABLE', `the rules can't be asked: ${decided.reason}`);
  const { actions, rule, undecided } = decided.answer === 'yes' ? decided : NOTHING;
  const access = { type: scope.type, name: scope.name, actions: sorted(actions) };
  return { scope, access, rule, undecided };
}

/** The `access` claim of the grants. */
export function accessOf(grants: readonly ScopeGrant[]): readonly Access[] {
  return grants.map(({ access }) => access);
}

/** The question that the rules answer. */
export function accessRequest({ account, labels, service, address }: Subject, scope: Omit<Scope, 'class'>) {
  const { type, name, actions } = scope;
  return { account, labels, service, ip: isIP(address) === 0 ? undefined : address, type, name, actions };
}

/** As Go sorts strings. */
function sorted(texts: readonly string[]): readonly string[] {
  return texts.length < 2 ? texts : texts.toSorted(byteOrder);
}

function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
