/**
 * The words of the API: repository names, tags, digests and upload ids, each a type of its own that only its
 * parser here makes. Whoever holds one knows that it is safe to build a path from.
 *
 * distribution-spec v1.1.1, "Pulling manifests" (names, tags); image-spec descriptor.md, "Digests".
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type RepositoryName = Branded<'RepositoryName'>;
export type Tag = Branded<'Tag'>;
export type UploadId = Branded<'UploadId'>;

export type DigestAlgorithm = 'sha256' | 'sha512';

/** A digest in its parts; `text` is the form that the API speaks. */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
  readonly text: string;
}

/** What each algorithm's hex part is: its length in characters. */
export const DIGEST_HEX_LENGTHS = { sha256: 64, sha512: 128 } as const satisfies Record<
  DigestAlgorithm,
  number
>;

export const DIGEST_ALGORITHMS = Object.keys(DIGEST_HEX_LENGTHS) as readonly DigestAlgorithm[];

export const MAX_NAME_LENGTH = 255;

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HEX = /^[0-9a-f]+$/;
const UPLOAD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The repository name that `text` is, or undefined. */
export function parseRepositoryName(text: string): RepositoryName | undefined {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text) ? (text as RepositoryName) : undefined;
}

/** The tag that `text` is, or undefined. */
export function parseTag(text: string): Tag | undefined {
  return TAG.test(text) ? (text as Tag) : undefined;
}

/** The digest that `text` is, or undefined: an algorithm that Berth computes, lower-case hex, its length. */
export function parseDigest(text: string): Digest | undefined {
  const colon = text.indexOf(':');
  const algorithm = parseDigestAlgorithm(text.slice(0, Math.max(colon, 0)));
  const hex = text.slice(colon + 1);
  if (algorithm === undefined || hex.length !== DIGEST_HEX_LENGTHS[algorithm] || !HEX.test(hex))
    return undefined;
  return { algorithm, hex, text };
}

/** The digest algorithm that `text` names, or undefined. */
export function parseDigestAlgorithm(text: string): DigestAlgorithm | undefined {
  return DIGEST_ALGORITHMS.find((algorithm) => algorithm === text);
}

/** The digest of `hex`, which the caller computed. */
export function digestOf(algorithm: DigestAlgorithm, hex: string): Digest {
  return { algorithm, hex, text: `${algorithm}:${hex}` };
}

/** The upload id that `text` is, or undefined. */
export function parseUploadId(text: string): UploadId | undefined {
  return UPLOAD_ID.test(text) ? (text as UploadId) : undefined;
}
