/** /v2/_catalog: the repositories, or those of them that the grant's owner may pull. */

import { WHOLE_CATALOG } from '../access/needs.ts';
import { type Answer, jsonAnswer } from '../answer.ts';
import { ClientGone } from '../body.ts';
import type { Exchange } from '../exchange.ts';
import { listRepositories, listWanted } from '../store/catalog.ts';
import type { Page } from '../store/folders.ts';
import { nextLink, pageAskOf } from './pages.ts';

export async function getCatalog(exchange: Exchange): Promise<Answer> {
  const { limit, last } = pageAskOf(exchange, exchange.store.limits.catalogPageSize);
  const { names, hasMore } = await pageFor(exchange, limit, last);
  const end = names.at(-1);
  const link = hasMore && end !== undefined ? nextLink(exchange, '/v2/_catalog', end) : {};
  return jsonAnswer({ repositories: names }, link);
}

/** @throws RegistryError the challenge for the whole catalog, where the rules are elsewhere; ClientGone */
async function pageFor(exchange: Exchange, limit: number, last: string): Promise<Page> {
  const { grant, gate, request, response, store } = exchange;
  const { mayPull } = grant;
  const isWhole = grant.allows('registry', 'catalog', '*');
  if (!isWhole && mayPull === undefined) throw gate.challenge(request, WHOLE_CATALOG, grant);
  if (limit === 0) return { names: [], hasMore: false };
  if (isWhole || mayPull === undefined) return await listRepositories(store, last, limit);
  return await listWanted(store, last, limit, (name) => {
    // A long search through what the owner may not pull ends with whoever asked for it.
    if (response.destroyed) throw new ClientGone('the client went away');
    return mayPull(name);
  });
}
