/** end-12a, end-12b: the referrers of a manifest. */

import { type Answer, jsonAnswer } from '../answer.ts';
import type { Exchange } from '../exchange.ts';
import type { Digest, RepositoryName } from '../names.ts';
import { OCI_INDEX } from '../store/manifest-document.ts';
import { listReferrers, type Referrer } from '../store/referrers.ts';
import { nextLink, pageAskOf } from './pages.ts';

interface ReferrersRoute {
  readonly name: RepositoryName;
  readonly digest: Digest;
}

export async function getReferrers(exchange: Exchange, { name, digest }: ReferrersRoute): Promise<Answer> {
  const { limit, last } = pageAskOf(exchange);
  const artifactType = exchange.query.get('artifactType');
  const filtered: Record<string, string> =
    artifactType === null ? {} : { 'OCI-Filters-Applied': 'artifactType' };
  const page = new ReferrersPage(limit, exchange.store.limits.referrersBytes);
  for await (const referrer of listReferrers(exchange.store, name, digest, last)) {
    if (artifactType !== null && referrer.artifactType !== artifactType) continue;
    const end = page.manifests.at(-1);
    if (!page.add(referrer)) {
      const link =
        end === undefined ? {} : nextLink(exchange, `/v2/${name}/referrers/${digest.text}`, end.digest);
      return indexAnswer(page.manifests, { ...filtered, ...link });
    }
  }
  return indexAnswer(page.manifests, filtered);
}

/** As many descriptors as fit in an index that clients take. */
class ReferrersPage {
  readonly manifests: Referrer[] = [];
  readonly #limit: number;
  #bytesLeft: number;

  constructor(limit: number, limitBytes: number) {
    this.#limit = limit;
    this.#bytesLeft = limitBytes;
  }

  /** False if it doesn't fit. One alone always does: it came out of a manifest. */
  add(referrer: Referrer): boolean {
    const sizeBytes = Buffer.byteLength(JSON.stringify(referrer)) + 1;
    if (this.manifests.length >= this.#limit) return false;
    if (sizeBytes > this.#bytesLeft && this.manifests.length > 0) return false;
    this.#bytesLeft -= sizeBytes;
    this.manifests.push(referrer);
    return true;
  }
}

function indexAnswer(manifests: readonly Referrer[], headers: Record<string, string>): Answer {
  return jsonAnswer(
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    { 'Content-Type': OCI_INDEX, ...headers },
  );
}
