/**
 * What each route needs of its bearer, as one table. It decides nothing.
 *
 * Docker Registry v2 token scopes; the actions are distribution's, except that whatever belongs to an upload
 * needs what starting it needs.
 */

import type { Route, RouteKind } from '../path.ts';
import type { Need } from './gate.ts';

const ACTIONS = {
  base: undefined,
  catalog: undefined,
  'blob-get': ['pull'],
  'blob-head': ['pull'],
  'blob-delete': ['delete'],
  'manifest-get': ['pull'],
  'manifest-head': ['pull'],
  'manifest-put': ['pull', 'push'],
  'manifest-delete': ['delete'],
  'upload-start': ['pull', 'push'],
  'upload-status': ['pull', 'push'],
  'upload-append': ['pull', 'push'],
  'upload-finish': ['pull', 'push'],
  'upload-cancel': ['pull', 'push'],
  tags: ['pull'],
  referrers: ['pull'],
  'archive-upload': ['pull', 'push'],
  'archive-download': ['pull'],
} as const satisfies Record<RouteKind, readonly string[] | undefined>;

const NOTHING: readonly Need[] = Object.freeze([]);

/** What lists every repository, whoever may pull them. */
export const WHOLE_CATALOG: readonly Need[] = Object.freeze([
  Object.freeze<Need>({ type: 'registry', name: 'catalog', actions: Object.freeze(['*']) }),
]);

/** What the bearer must be allowed for `route`; [] where any valid credential will do. */
export function needsOf(route: Route): readonly Need[] {
  const actions = ACTIONS[route.kind];
  return actions !== undefined && 'name' in route
    ? [{ type: 'repository', name: route.name, actions }]
    : NOTHING;
}

/** What is asked for beside the needs and may be missing: the catalog answers without it, with less. */
export function wantsOf(route: Route): readonly Need[] {
  return route.kind === 'catalog' ? WHOLE_CATALOG : NOTHING;
}

/** What reads repository `name`: a mount's `from`. */
export function pullOf(name: string): Need {
  return { type: 'repository', name, actions: ACTIONS['blob-get'] };
}
