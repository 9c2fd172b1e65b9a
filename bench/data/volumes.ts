/**
 * Volumes with a hundred thousand of something, in the layout of distribution, which distribution and Berth both
 * serve as it is. They are made by writing the files: through the API it would take hours.
 */
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const COUNT = 100_000;
export const TAGS_REPOSITORY = 'bench/tags';
const REPOSITORIES_PER_TEAM = 100;
/** ext4 takes 65,000 names of one file. */
const NAMES_PER_FILE = 50_000;
const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';

export const VOLUMES = {
  /** One repository with as many tags, each of a manifest of its own. */
  tags: layOutTags,
  /** As many repositories with one manifest each, all in one folder. */
  repositories: (folder) => layOutRepositories(folder, repositoryName),
  /** The same, a hundred in each of a thousand folders. */
  teams: (folder) => layOutRepositories(folder, teamsRepositoryName),
} as const satisfies Record<string, (folder: string) => void>;

export type VolumeName = keyof typeof VOLUMES;

/** The n-th in the order of the listing. */
export function tagName(index: number): string {
  return `v${String(index).padStart(6, '0')}`;
}

/** The n-th in the order of the listing. */
export function repositoryName(index: number): string {
  return `bench/app-${String(index).padStart(6, '0')}`;
}

/** The n-th in the order of the listing. */
export function teamsRepositoryName(index: number): string {
  const team = String(Math.floor(index / REPOSITORIES_PER_TEAM)).padStart(4, '0');
  return `team-${team}/app-${String(index % REPOSITORIES_PER_TEAM).padStart(2, '0')}`;
}

function layOutTags(folder: string): void {
  const root = join(folder, 'docker/registry/v2');
  const manifests = join(root, 'repositories', TAGS_REPOSITORY, '_manifests');
  for (let index = 0; index < COUNT; index += 1) {
    const hex = writeManifest(root, index);
    const revision = folderIn(manifests, `revisions/sha256/${hex}`);
    writeFileSync(join(revision, 'link'), `sha256:${hex}`);
    linkSync(join(revision, 'link'), join(folderIn(manifests, `tags/${tagName(index)}/current`), 'link'));
  }
}

function layOutRepositories(folder: string, nameOf: (index: number) => string): void {
  const root = join(folder, 'docker/registry/v2');
  const hex = writeManifest(root, 0);
  let link = '';
  for (let index = 0; index < COUNT; index += 1) {
    const repository = join(root, 'repositories', nameOf(index));
    const here = join(folderIn(repository, `_manifests/revisions/sha256/${hex}`), 'link');
    if (index % NAMES_PER_FILE !== 0) linkSync(link, here);
    else {
      writeFileSync(here, `sha256:${hex}`);
      link = here;
    }
  }
}

/** The hex of its digest. No two have the same config, so no two are the same. */
function writeManifest(root: string, index: number): string {
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: `sha256:${hexOf(String(index))}`,
    size: String(index).length,
  };
  const text = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, config, layers: [] });
  const hex = hexOf(text);
  writeFileSync(join(folderIn(root, `blobs/sha256/${hex.slice(0, 2)}/${hex}`), 'data'), text);
  return hex;
}

function folderIn(parent: string, path: string): string {
  const folder = join(parent, path);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
