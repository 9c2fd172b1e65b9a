/** end-8a, end-8b: the tags of a repository. */

import { type Answer, jsonAnswer } from '../answer.ts';
import type { Exchange } from '../exchange.ts';
import type { RepositoryName } from '../names.ts';
import { checkRepository } from '../store/repositories.ts';
import { listTags } from '../store/tags.ts';
import { nextLink, pageAskOf } from './pages.ts';

export async function getTags(exchange: Exchange, { name }: { name: RepositoryName }): Promise<Answer> {
  const { limit, last } = pageAskOf(exchange, exchange.store.limits.tagsPageSize);
  if (limit === 0) {
    await checkRepository(exchange.store, name);
    return jsonAnswer({ name, tags: [] });
  }
  const { names, hasMore } = await listTags(exchange.store, name, last, limit);
  const end = names.at(-1);
  const link = hasMore && end !== undefined ? nextLink(exchange, `/v2/${name}/tags/list`, end) : {};
  return jsonAnswer({ name, tags: names }, link);
}
