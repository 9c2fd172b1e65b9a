/**
 * Of each repository one thing that was found in it. As long as that is still there, which is asked every time,
 * nothing has to be searched to know that the repository is.
 */

import { LRUCache } from 'lru-cache';
import type { Digest, RepositoryName } from '../names.ts';

export interface Witness {
  readonly kind: 'manifest' | 'blob';
  readonly digest: Digest;
}

/** About 400 bytes each. A forgotten one costs a look into a folder or two. */
const REMEMBERED_REPOSITORIES = 20_000;

export class Witnesses {
  // By size, since `max` would take the room for all of them at once.
  readonly #known = new LRUCache<RepositoryName, Witness>({
    maxSize: REMEMBERED_REPOSITORIES,
    sizeCalculation: () => 1,
  });

  of(name: RepositoryName): Witness | undefined {
    return this.#known.get(name);
  }

  remember(name: RepositoryName, witness: Witness): void {
    this.#known.set(name, witness);
  }
}
