/** /v2/_catalog: the repositories, or those of them that the grant's owner may pull. */

import { WHOLE_CATALOG } from '../access/needs.ts';
import { type Answer, jsonAnswer } from '../answer.ts';
import { ClientGone } from '../body.ts';
import type { Exchange } from '../exchange.ts';
import { repositoriesAfter } from '../store/catalog.ts';
import { nextLink, pageAskOf } from './pages.ts';

export async function getCatalog(exchange: Exchange): Promise<Answer> {
  const { limit, last } = pageAskOf(exchange);
  const mayList = listable(exchange);
  const repositories: string[] = [];
  if (limit === 0) return jsonAnswer({ repositories });
  const isWanted = (name: string): boolean => {
    // A long search through what the owner may not pull ends with whoever asked for it.
    if (exchange.response.destroyed) throw new ClientGone('the client went away');
    return mayList(name);
  };
  for await (const name of repositoriesAfter(exchange.store, last, isWanted)) {
    const end = repositories.at(-1);
    if (end !== undefined && repositories.length === limit) {
      return jsonAnswer({ repositories }, nextLink(exchange, '/v2/_catalog', end));
    }
    repositories.push(name);
  }
  return jsonAnswer({ repositories });
}

/** @throws RegistryError the challenge for the whole catalog, where the rules are elsewhere */
function listable({ grant, gate, request }: Exchange): (name: string) => boolean {
  if (grant.allows('registry', 'catalog', '*')) return () => true;
  if (grant.mayPull !== undefined) return grant.mayPull;
  throw gate.challenge(request, WHOLE_CATALOG, grant);
}
