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

/**
 * Asks each source in turn until one decides; where none does, nothing is granted. A promise only where a source has to
 * wait for its answer.
 */
export function authorize(
  sources: readonly Authorizer[],
  request: AccessRequest,
): Authorization | Promise<Authorization> {
  for (const [index, source] of sources.entries()) {
    const authorization = source.authorize(request);
    if (authorization instanceof Promise)
      return authorizeLater(authorization, sources.slice(index + 1), request);
    if (authorization.answer !== 'not-mine') return authorization;
  }
  return { answer: 'not-mine' };
}

async function authorizeLater(
  asked: Promise<Authorization>,
  others: readonly Authorizer[],
  request: AccessRequest,
): Promise<Authorization> {
  const authorization = await asked;
  return authorization.answer === 'not-mine' ? authorize(others, request) : authorization;
}
