// What a registry asks of manifests, from plain values, which can be sent to another process, to what the registry takes.

import { compileRegex } from '@berth/acl';
import type { ManifestValidation } from '@berth/registry';

/** Regular expressions of Go's, matched anywhere in a URL. */
export interface UrlRules {
  /** Empty: every URL, if something is denied; none, if nothing is. As distribution has it. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export interface ManifestRules extends Pick<ManifestValidation, 'listed' | 'blobs'> {
  /** Undefined: layers may be anywhere. */
  readonly urls: UrlRules | undefined;
}

export function manifestValidation({ listed, blobs, urls }: ManifestRules): ManifestValidation {
  return { listed, blobs, mayLinkTo: urls === undefined ? () => true : matcherOf(urls) };
}

function matcherOf({ allow, deny }: UrlRules): (url: string) => boolean {
  if (allow.length === 0 && deny.length === 0) return () => false;
  const [allowed, denied] = [allow.map(compileRegex), deny.map(compileRegex)];
  return (url) =>
    (allowed.length === 0 || allowed.some((regex) => regex.test(url))) &&
    !denied.some((regex) => regex.test(url));
}
