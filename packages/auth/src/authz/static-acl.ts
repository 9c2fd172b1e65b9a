// The rules of the configuration: docker_auth's `acl`.
import { type AccessRequest, decide, type Rules } from '@berth/acl';
import type { Authorization } from './authorizer.ts';

export interface StaticAcl {
  readonly name: string;
  /** Answers at once, which the catalog relies on. */
  authorize(request: AccessRequest): Authorization;
}

export function staticAcl(rules: Rules): StaticAcl {
  const authorize = (request: AccessRequest): Authorization => {
    const decision = decide(rules, request);
    return decision.rule === undefined ? { answer: 'not-mine' } : { answer: 'yes', ...decision };
  };
  return { name: 'static acl', authorize };
}
