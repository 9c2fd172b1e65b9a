/** What a credential allows, as a value that routes may ask. */

import type { Access } from '@berth/acl';
import type { Grant, Need } from './gate.ts';

/** What the entries say, whatever their class; the rules are not asked. */
export function grantOf(account: string, holds: readonly Access[]): Grant {
  return Object.freeze<Grant>({
    account,
    holds,
    allows: (type, name, action) => {
      for (const entry of holds) {
        if (entry.name !== name || entry.type !== type) continue;
        if (entry.actions.includes(action) || entry.actions.includes('*')) return true;
      }
      return false;
    },
    asked: (type, name) => holds.some((entry) => entry.name === name && entry.type === type),
    mayPull: undefined,
  });
}

/** Does `grant` allow every action of every need? */
export function covers(grant: Grant, needs: readonly Need[]): boolean {
  for (const need of needs) {
    for (const action of need.actions) if (!grant.allows(need.type, need.name, action)) return false;
  }
  return true;
}

/** What of `needs` the grant doesn't allow, with only the actions that are missing. */
export function missingOf(grant: Grant, needs: readonly Need[]): readonly Need[] {
  return needs
    .map((need) => ({
      ...need,
      actions: need.actions.filter((action) => !grant.allows(need.type, need.name, action)),
    }))
    .filter((need) => need.actions.length > 0);
}
