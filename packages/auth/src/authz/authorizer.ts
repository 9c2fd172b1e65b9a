// What may you do? One source of rules per file, behind this interface; asked in docker_auth's order.
import type { AccessRequest, Decision } from '@berth/acl';

/** "yes" grants some of the asked actions, perhaps none; "not-mine" passes the question on. */
export type Authorization =
  | ({ readonly answer: 'yes' } & Decision)
  | { readonly answer: 'not-mine' }
  | { readonly answer: 'away'; readonly reason: string };

export interface Authorizer {
  readonly name: string;
  authorize(request: AccessRequest): Promise<Authorization> | Authorization;
}

/** Asks each source in turn until one decides; where none does, nothing is granted. */
export async function authorize(
  sources: readonly Authorizer[],
  request: AccessRequest,
): Promise<Authorization> {
  for (const source of sources) {
    const authorization = await source.authorize(request);
    if (authorization.answer !== 'not-mine') return authorization;
  }
  return { answer: 'not-mine' };
}
