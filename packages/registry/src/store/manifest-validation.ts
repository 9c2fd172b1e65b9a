/** What a registry asks of manifests beside their form: that what they refer to is there, and where else it may be. */

import { refuse } from '../errors.ts';
import type { Descriptor, ManifestDocument, Platform } from './manifest-document.ts';

export interface ManifestValidation {
  /** What the repository must have of what an index lists: all, what is for one of these platforms, or nothing. */
  readonly listed: 'all' | readonly Platform[];
  /** Whether the repository must have an image's config and layers. */
  readonly blobs: boolean;
  /** Whether a layer may name this URL as another place where it is. */
  readonly mayLinkTo: (url: string) => boolean;
}

/** Images and indexes must be whole, and layers may be anywhere besides. */
export const wholeManifests: ManifestValidation = { listed: 'all', blobs: true, mayLinkTo: () => true };

/** Whether the repository must have this item of an index. */
export function mustBeThere({ listed }: ManifestValidation, { platform }: Descriptor): boolean {
  if (listed === 'all') return true;
  return listed.some(({ os, architecture }) => platform?.os === os && platform.architecture === architecture);
}

/** @throws RegistryError MANIFEST_INVALID naming the first URL that a layer may not have */
export function checkLinks({ mayLinkTo }: ManifestValidation, { links }: ManifestDocument): void {
  for (const { where, url } of links) {
    if (mayLinkTo(url)) continue;
    throw refuse('MANIFEST_INVALID', {
      message: `${where} is ${JSON.stringify(url)}, where this registry allows no layer to be (validation.manifests.urls)`,
      detail: { where, url },
    });
  }
}
