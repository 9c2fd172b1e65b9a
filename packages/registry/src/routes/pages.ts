/** Listings by the page: `n`, `last` and Link. distribution-spec v1.1.1, "Listing Tags"; RFC 8288. */

import { refuse } from '../errors.ts';
import type { Exchange } from '../exchange.ts';

export interface PageAsk {
  readonly limit: number;
  readonly last: string;
}

/** @param mostNames in one answer, if that is less than elsewhere. @throws RegistryError PAGINATION_NUMBER_INVALID */
export function pageAskOf({ query, store }: Exchange, mostNames = Number.POSITIVE_INFINITY): PageAsk {
  const limit = limitOf(query.get('n'), store.limits.pageSize);
  return { limit: Math.min(limit, mostNames, store.limits.maxPageSize), last: query.get('last') ?? '' };
}

function limitOf(text: string | null, pageSize: number): number {
  if (text === null) return pageSize;
  if (/^\d+$/.test(text)) return Number(text);
  throw refuse('PAGINATION_NUMBER_INVALID', {
    message: `n=${JSON.stringify(text)} is not a number of results: use 0 or more`,
    detail: { n: text },
  });
}

/** The Link to what comes after `last`. `n` is said again only if it was said. */
export function nextLink({ query }: Exchange, path: string, last: string): Record<string, string> {
  const next = new URLSearchParams();
  for (const [key, value] of query) if (key !== 'last') next.append(key, value);
  next.set('last', last);
  return { Link: `<${path}?${next}>; rel="next"` };
}
