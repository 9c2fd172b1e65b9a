/**
 * Reads a registry's volume, as files and through the API, and says what is wrong with it: what was acknowledged
 * and is lost, what has another digest than its name says, what is visible and only half there.
 */

import { blobKey, type Key, manifestKey, THERE, type Value } from './history.ts';
import { digestOf } from './images.ts';
import { readVolume, type Volume } from './volume.ts';
import type { Reply } from './wire.ts';
import type { World } from './world.ts';

export interface Findings {
  /** One line each; none if all is well. */
  readonly problems: readonly string[];
  /** What there is now of everything that was ever asked for. */
  readonly observed: ReadonlyMap<Key, Value>;
  readonly dangling: ReadonlySet<Key>;
}

interface ManifestFacts {
  readonly digest: string;
  readonly subject: string | undefined;
}

/** What is checked: a disk, how to ask, and what was promised. */
export type Checked = Pick<World, 'disk' | 'history' | 'send'>;

/** Checks everything that `world` has against what its history promises. */
export async function check(world: Checked): Promise<Findings> {
  return await new Check(world).run();
}

class Check {
  readonly #world: Checked;
  readonly #volume: Volume;
  readonly #problems: string[];
  readonly #replies = new Map<string, Promise<Reply>>();
  readonly #manifests = new Map<string, ManifestFacts | undefined>();

  constructor(world: Checked) {
    this.#world = world;
    this.#volume = readVolume(world.disk.entries());
    this.#problems = [...this.#volume.problems];
  }

  async run(): Promise<Findings> {
    const observed = await this.#promises();
    const repositories = await this.#catalog();
    for (const repository of repositories) await this.#tags(repository, observed);
    for (const { repository, digest } of this.#volume.revisions) await this.#revision(repository, digest);
    await this.#referrers();
    return { problems: this.#problems, observed, dangling: this.#volume.dangling };
  }

  async #promises(): Promise<Map<Key, Value>> {
    const observed = new Map<Key, Value>();
    const { history } = this.#world;
    for (const key of history.keys) {
      const value = await this.#valueOf(key);
      observed.set(key, value);
      const allowed = history.allowed(key);
      if (!allowed.has(value)) this.#wrong(`${key} is ${value}, and may be ${[...allowed].join(' or ')}`);
    }
    return observed;
  }

  async #valueOf(key: Key): Promise<Value> {
    const [noun, repository = '', name = ''] = key.split(' ');
    if (noun === 'blob') return (await this.#blob(repository, name)) ? THERE : undefined;
    const manifest = await this.#manifest(repository, name);
    return noun === 'tag' ? manifest?.digest : manifest && THERE;
  }

  /** Every name, by pages of two. */
  async #catalog(): Promise<readonly string[]> {
    const names: string[] = [];
    for (let path: string | undefined = '/v2/_catalog?n=2'; path !== undefined; ) {
      const reply: Reply = await this.#get(path);
      names.push(...listIn(reply, 'repositories'));
      path = /^<([^>]+)>/.exec(reply.headers['link'] ?? '')?.[1];
    }
    for (const name of names) {
      if (!this.#volume.holders.has(name)) this.#wrong(`the catalog has ${name}, which holds nothing`);
    }
    for (const name of this.#volume.holders) {
      if (!names.includes(name)) this.#wrong(`the catalog lacks ${name}, which holds something`);
    }
    return names;
  }

  async #tags(repository: string, observed: ReadonlyMap<Key, Value>): Promise<void> {
    const tags = listIn(await this.#get(`/v2/${repository}/tags/list`), 'tags');
    for (const tag of tags) {
      const manifest = await this.#manifest(repository, tag);
      if (manifest === undefined) this.#wrong(`${repository} lists the tag ${tag}, which can't be pulled`);
    }
    for (const [key, value] of observed) {
      const [noun, of, tag = ''] = key.split(' ');
      if (noun !== 'tag' || of !== repository || value === undefined) continue;
      if (!tags.includes(tag)) this.#wrong(`${repository} doesn't list its tag ${tag}`);
    }
  }

  async #revision(repository: string, digest: string): Promise<void> {
    const manifest = await this.#manifest(repository, digest);
    if (manifest === undefined) this.#wrong(`${repository} can't give its revision ${digest}`);
  }

  /** A manifest is among its subject's referrers when it is there, and only then. */
  async #referrers(): Promise<void> {
    for (const { repository, subject } of this.#volume.subjects) {
      const reply = await this.#get(`/v2/${repository}/referrers/${subject}`);
      const listed = listIn(reply, 'manifests').map((descriptor) => digestIn(descriptor));
      for (const digest of listed) {
        const manifest = await this.#manifest(repository, digest);
        if (manifest?.subject !== subject) this.#wrong(`${digest} is no referrer of ${subject}`);
      }
    }
    for (const [path, manifest] of this.#manifests) {
      if (manifest?.subject === undefined) continue;
      const repository = path.slice('/v2/'.length, path.indexOf('/manifests/'));
      const reply = await this.#get(`/v2/${repository}/referrers/${manifest.subject}`);
      const listed = listIn(reply, 'manifests').map((descriptor) => digestIn(descriptor));
      if (!listed.includes(manifest.digest)) this.#wrong(`${manifest.digest} isn't listed as a referrer`);
    }
  }

  /** Pulls a blob; false if it isn't there. */
  async #blob(repository: string, digest: string): Promise<boolean> {
    const reply = await this.#get(`/v2/${repository}/blobs/${digest}`);
    if (reply.status === 404) return false;
    if (reply.status === 200 && digestOf(reply.body) === digest) return true;
    this.#wrong(`the blob ${digest} of ${repository} is ${reply.status} with ${digestOf(reply.body)}`);
    return false;
  }

  /** Pulls a manifest with all that it leans on, once; undefined if it isn't there. */
  async #manifest(repository: string, reference: string): Promise<ManifestFacts | undefined> {
    const path = `/v2/${repository}/manifests/${reference}`;
    if (this.#manifests.has(path)) return this.#manifests.get(path);
    const reply = await this.#get(path);
    const facts = reply.status === 404 ? undefined : this.#factsOf(path, reference, reply);
    this.#manifests.set(path, facts);
    if (facts !== undefined) await this.#leansOn(repository, facts.digest, reply);
    return facts;
  }

  #factsOf(path: string, reference: string, reply: Reply): ManifestFacts {
    const digest = digestOf(reply.body);
    const isRight =
      reply.status === 200 &&
      reply.headers['docker-content-digest'] === digest &&
      (!reference.includes(':') || reference === digest);
    if (!isRight) this.#wrong(`${path} is ${reply.status} with ${digest}`);
    const subject = documentIn(reply)['subject'];
    return { digest, subject: subject === undefined ? undefined : digestIn(subject) };
  }

  async #leansOn(repository: string, digest: string, reply: Reply): Promise<void> {
    const { config, layers = [], manifests = [] } = documentIn(reply);
    const blobs = [...(config === undefined ? [] : [config]), ...arrayOf(layers)].map(digestIn);
    for (const blob of blobs) {
      if (this.#world.history.wasRemoved(blobKey(repository, blob))) continue;
      const isThere = await this.#blob(repository, blob);
      if (!isThere) this.#wrong(`the manifest ${digest} of ${repository} lacks its blob ${blob}`);
    }
    for (const child of arrayOf(manifests).map(digestIn)) {
      if (this.#world.history.wasRemoved(manifestKey(repository, child))) continue;
      const isThere = (await this.#manifest(repository, child)) !== undefined;
      if (!isThere) this.#wrong(`the index ${digest} of ${repository} lacks its manifest ${child}`);
    }
  }

  #get(path: string): Promise<Reply> {
    const known = this.#replies.get(path);
    if (known !== undefined) return known;
    const reply = this.#world.send({ method: 'GET', path });
    this.#replies.set(path, reply);
    return reply;
  }

  #wrong(problem: string): void {
    this.#problems.push(problem);
  }
}

/** The JSON of an answer. What is torn has nothing in it; its digest has told already. */
function documentIn(reply: Reply): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(reply.body.toString());
    return isRecord(document) ? document : {};
  } catch {
    return {};
  }
}

function listIn(reply: Reply, field: string): string[];
function listIn(reply: Reply, field: 'manifests'): unknown[];
function listIn(reply: Reply, field: string): unknown[] {
  return reply.status === 200 ? [...arrayOf(documentIn(reply)[field])] : [];
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function digestIn(descriptor: unknown): string {
  return isRecord(descriptor) ? String(descriptor['digest']) : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
