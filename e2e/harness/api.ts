/**
 * The few questions that cases put to a registry themselves, with a password sent straight to /v2/: what is there
 * after a client said that it is done.
 */
import type { Account } from './accounts.ts';
import type { RegistryAddress } from './berth.ts';

export interface ManifestAnswer {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly document: {
    readonly layers?: readonly { readonly digest: string; readonly size: number }[];
    readonly manifests?: readonly {
      readonly digest: string;
      readonly artifactType?: string;
      readonly platform?: { readonly architecture: string };
    }[];
    readonly subject?: { readonly digest: string };
  };
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The answer to GET of a path below /v2/, whatever its status. */
export async function get(
  registry: RegistryAddress,
  account: Account | undefined,
  path: string,
): Promise<Response> {
  const authorization = account && `Basic ${btoa(`${account.name}:${account.password}`)}`;
  return await fetch(`http://${registry.host}/v2/${path}`, {
    headers: { accept: MANIFEST_TYPES, ...(authorization && { authorization }) },
    signal: AbortSignal.timeout(30_000),
  });
}

/** The manifest that a tag or digest names; fails unless it is there. */
export async function manifestOf(
  registry: RegistryAddress,
  account: Account | undefined,
  name: string,
  reference: string,
): Promise<ManifestAnswer> {
  const response = await get(registry, account, `${name}/manifests/${reference}`);
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`GET ${name}/manifests/${reference}: ${response.status} ${text}`);
  return {
    digest: response.headers.get('docker-content-digest') ?? '',
    size: Buffer.byteLength(text),
    mediaType: response.headers.get('content-type') ?? '',
    document: documentOf(text),
  };
}

/** The referrers of a digest. */
export async function referrersOf(
  registry: RegistryAddress,
  account: Account | undefined,
  name: string,
  digest: string,
): Promise<NonNullable<ManifestAnswer['document']['manifests']>> {
  const response = await get(registry, account, `${name}/referrers/${digest}`);
  return documentOf(await response.text()).manifests ?? [];
}

/** The tags of a repository. */
export async function tagsOf(
  registry: RegistryAddress,
  account: Account,
  name: string,
): Promise<readonly string[]> {
  const response = await get(registry, account, `${name}/tags/list`);
  const list: { readonly tags?: readonly string[] } = JSON.parse(await response.text());
  return list.tags ?? [];
}

function documentOf(text: string): ManifestAnswer['document'] {
  return JSON.parse(text);
}
