/**
 * A client that pushes and deletes as clients do, and writes down what it was promised. It stops at the first
 * answer that it did not expect.
 */

import { blobKey, type Effect, type History, manifestKey, THERE, tagKey } from './history.ts';
import type { Index, Manifest, Pushable } from './images.ts';
import type { Ask, Reply } from './wire.ts';

/** An answer that the client did not expect, or none at all. */
export class Stopped extends Error {
  readonly ask: Ask;
  readonly reply: Reply | undefined;

  constructor(ask: Ask, reply: Reply | undefined, cause?: unknown) {
    super(`${ask.method} ${ask.path}: ${reply?.status ?? 'no answer'} ${reply?.body.toString() ?? ''}`, {
      cause,
    });
    this.ask = ask;
    this.reply = reply;
  }
}

/** Whatever takes a request to the registry. */
export interface Sender {
  send(ask: Ask): Promise<Reply>;
}

export class Client {
  readonly #wire: Sender;
  readonly #history: History;

  constructor(wire: Sender, history: History) {
    this.#wire = wire;
    this.#history = history;
  }

  /** Asks, and expects `status`. @throws Stopped */
  async ask(ask: Ask, status: number, effects: readonly Effect[] = []): Promise<Reply> {
    const begun = this.#history.begin(effects);
    const reply = await this.#wire.send(ask).catch((error: unknown) => {
      throw new Stopped(ask, undefined, error);
    });
    begun.answered(reply.status === status);
    if (reply.status !== status) throw new Stopped(ask, reply);
    return reply;
  }

  async has(path: string): Promise<boolean> {
    const ask = { method: 'HEAD', path };
    const reply = await this.#wire.send(ask);
    if (reply.status !== 200 && reply.status !== 404) throw new Stopped(ask, reply);
    return reply.status === 200;
  }

  async startUpload(repository: string): Promise<string> {
    const reply = await this.ask({ method: 'POST', path: `/v2/${repository}/blobs/uploads/` }, 202);
    return reply.headers['location'] ?? '';
  }

  /** POST, PATCH, PUT: as docker does. */
  async pushBlobStreamed(repository: string, blob: Pushable): Promise<void> {
    const location = await this.startUpload(repository);
    await this.ask({ method: 'PATCH', path: location, body: blob.bytes }, 202);
    await this.#finish(repository, blob, location);
  }

  /** POST, PUT. */
  async pushBlobAtOnce(repository: string, blob: Pushable): Promise<void> {
    const location = await this.startUpload(repository);
    await this.#finish(repository, blob, location, blob.bytes);
  }

  /** One POST. */
  async pushBlobMonolithic(repository: string, blob: Pushable): Promise<void> {
    const path = `/v2/${repository}/blobs/uploads/?digest=${blob.digest}`;
    const effects = [{ key: blobKey(repository, blob.digest), value: THERE }];
    await this.ask({ method: 'POST', path, body: blob.bytes }, 201, effects);
  }

  /** Chunks of a third each, the last with the PUT. */
  async pushBlobInChunks(repository: string, blob: Pushable): Promise<void> {
    const location = await this.startUpload(repository);
    const sizeBytes = Math.ceil(blob.bytes.byteLength / 3);
    for (const begin of [0, sizeBytes]) {
      const body = blob.bytes.subarray(begin, begin + sizeBytes);
      const headers = { 'content-range': `${begin}-${begin + body.byteLength - 1}` };
      await this.ask({ method: 'PATCH', path: location, headers, body }, 202);
      await this.ask({ method: 'GET', path: location }, 204);
    }
    await this.#finish(repository, blob, location, blob.bytes.subarray(2 * sizeBytes));
  }

  async cancelUpload(repository: string, blob: Pushable): Promise<void> {
    const location = await this.startUpload(repository);
    await this.ask({ method: 'PATCH', path: location, body: blob.bytes }, 202);
    await this.ask({ method: 'DELETE', path: location }, 204);
  }

  /** @param from undefined to ask for it from wherever it is */
  async mount(repository: string, from: string | undefined, blob: Pushable): Promise<void> {
    const source = from === undefined ? '' : `&from=${encodeURIComponent(from)}`;
    const path = `/v2/${repository}/blobs/uploads/?mount=${blob.digest}${source}`;
    await this.ask({ method: 'POST', path }, 201, [{ key: blobKey(repository, blob.digest), value: THERE }]);
  }

  async pushManifest(repository: string, tag: string, manifest: Pushable): Promise<void> {
    const path = `/v2/${repository}/manifests/${tag}`;
    await this.ask(putOf(path, manifest), 201, pushEffects(repository, manifest, [tag]));
  }

  async pushManifestByDigest(repository: string, manifest: Pushable, tags: readonly string[] = []) {
    const query = tags.length === 0 ? '' : `?${tags.map((tag) => `tag=${tag}`).join('&')}`;
    const path = `/v2/${repository}/manifests/${manifest.digest}${query}`;
    await this.ask(putOf(path, manifest), 201, pushEffects(repository, manifest, tags));
  }

  /** Blobs in every way that there is, then the manifest. */
  async pushImage(repository: string, tag: string, image: Manifest): Promise<void> {
    const [config, ...layers] = image.blobs;
    if (config !== undefined) await this.pushBlobStreamed(repository, config);
    for (const [index, layer] of layers.entries()) {
      if (index % 2 === 0) await this.pushBlobMonolithic(repository, layer);
      else await this.pushBlobAtOnce(repository, layer);
    }
    await this.pushManifest(repository, tag, image);
  }

  /** Only what the registry doesn't say it has: what a client does when it comes back. */
  async pushMissing(repository: string, tag: string | undefined, image: Manifest): Promise<void> {
    for (const blob of image.blobs) {
      const isThere = await this.has(`/v2/${repository}/blobs/${blob.digest}`);
      if (!isThere) await this.pushBlobStreamed(repository, blob);
    }
    if (tag === undefined) await this.pushManifestByDigest(repository, image);
    else await this.pushManifest(repository, tag, image);
  }

  async pushIndex(repository: string, tag: string, index: Index): Promise<void> {
    for (const manifest of index.manifests) {
      const isThere = await this.has(`/v2/${repository}/manifests/${manifest.digest}`);
      if (!isThere) await this.pushMissing(repository, undefined, manifest);
    }
    await this.pushManifest(repository, tag, index);
  }

  async deleteTag(repository: string, tag: string): Promise<void> {
    const ask = { method: 'DELETE', path: `/v2/${repository}/manifests/${tag}` };
    await this.ask(ask, 202, [{ key: tagKey(repository, tag), value: undefined }]);
  }

  /** @param tags those that name it */
  async deleteManifest(repository: string, manifest: Pushable, tags: readonly string[]): Promise<void> {
    const ask = { method: 'DELETE', path: `/v2/${repository}/manifests/${manifest.digest}` };
    await this.ask(ask, 202, [
      { key: manifestKey(repository, manifest.digest), value: undefined },
      ...tags.map((tag) => ({ key: tagKey(repository, tag), value: undefined, isWeak: true })),
    ]);
  }

  async deleteBlob(repository: string, blob: Pushable): Promise<void> {
    const ask = { method: 'DELETE', path: `/v2/${repository}/blobs/${blob.digest}` };
    await this.ask(ask, 202, [{ key: blobKey(repository, blob.digest), value: undefined }]);
  }

  async #finish(repository: string, blob: Pushable, location: string, body?: Uint8Array): Promise<void> {
    const path = `${location}${location.includes('?') ? '&' : '?'}digest=${blob.digest}`;
    const effects = [{ key: blobKey(repository, blob.digest), value: THERE }];
    await this.ask({ method: 'PUT', path, body: body ?? Buffer.alloc(0) }, 201, effects);
  }
}

function putOf(path: string, manifest: Pushable): Ask {
  return { method: 'PUT', path, headers: { 'content-type': manifest.mediaType }, body: manifest.bytes };
}

function pushEffects(repository: string, manifest: Pushable, tags: readonly string[]): Effect[] {
  return [
    { key: manifestKey(repository, manifest.digest), value: THERE },
    ...tags.map((tag) => ({ key: tagKey(repository, tag), value: manifest.digest })),
  ];
}
