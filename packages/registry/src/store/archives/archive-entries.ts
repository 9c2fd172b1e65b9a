/** The files of an image archive by their names, staged as they come; links lead to other entries and nowhere else. */

import { invalidArchive, shownName } from '../../archives/archive-errors.ts';
import { safeName, symbolicTarget } from '../../archives/entry-name.ts';
import type { EntryKind, TarEntry } from '../../archives/read-tar.ts';
import { refuse } from '../../errors.ts';
import { type Digest, parseDigest } from '../../names.ts';
import { type StagedFile, type Staging, tooLarge } from './staging.ts';

/** Read whole; everything else may be as large as a layer. */
const DOCUMENTS: ReadonlySet<string> = new Set(['index.json', 'manifest.json', 'oci-layout']);
/** What Docker wrote beside each layer before it had manifests, and nobody needs. */
const NEEDLESS = /^(repositories|[0-9a-f]{64}\/(json|VERSION))$/;
const LAYOUT_BLOB = /^blobs\/([^/]+)\/([^/]+)$/;
/** Docker and those who write as it does call a config by its digest. */
const CONFIG = /^(?:sha256:)?([0-9a-f]{64})(?:\.json)?$/;
/** Docker's own archives have one link, to a file. */
const MAX_LINKS = 8;

export class ArchiveEntries {
  readonly #staging: Staging;
  readonly #limitBytes: number;
  readonly #files = new Map<string, StagedFile>();
  readonly #links = new Map<string, string>();

  /** @param limitBytes of a document */
  constructor(staging: Staging, limitBytes: number) {
    this.#staging = staging;
    this.#limitBytes = limitBytes;
  }

  /** @throws RegistryError BLOB_UPLOAD_INVALID, DIGEST_INVALID, MANIFEST_INVALID (413) */
  async addAll(entries: AsyncIterable<TarEntry>): Promise<void> {
    for await (const entry of entries) {
      const name = safeName(entry.name);
      if (entry.kind === 'file') await this.#addFile(name, entry);
      else this.#addOther(name, entry.kind, entry.linkName);
    }
  }

  /** The file of that name, or that its links lead to. */
  find(name: string): StagedFile | undefined {
    let at = name;
    for (let links = 0; links <= MAX_LINKS; links += 1) {
      const target = this.#links.get(at);
      if (target === undefined) return this.#files.get(at);
      at = target;
    }
    throw invalidArchive(`the links from ${shownName(name)} lead nowhere`);
  }

  blob(digest: Digest): StagedFile | undefined {
    return this.find(`blobs/${digest.algorithm}/${digest.hex}`);
  }

  /** A small file, whole. @throws RegistryError MANIFEST_INVALID (413) */
  async read(name: string): Promise<Buffer | undefined> {
    const file = this.find(name);
    return file && (await this.#staging.read(file, name));
  }

  async #addFile(name: string, entry: TarEntry): Promise<void> {
    const wanted = digestInName(name);
    if (NEEDLESS.test(name) || wanted === 'none-that-counts') return;
    if (DOCUMENTS.has(name) && entry.sizeBytes > this.#limitBytes)
      throw tooLarge(name, entry.sizeBytes, this.#limitBytes);
    this.#refuseSecond(name, wanted !== undefined && this.#files.has(name));
    const file = await this.#staging.add(entry.body(), wanted?.algorithm);
    if (wanted !== undefined && wanted.text !== file.digest.text) throw wrongDigest(name, file.digest);
    // The same content twice: as good as once.
    if (this.#files.has(name)) await this.#staging.discard(file);
    else this.#files.set(name, file);
  }

  #addOther(name: string, kind: EntryKind, linkName: string): void {
    if (kind === 'folder') return;
    if (kind === 'other')
      throw invalidArchive(`the entry ${shownName(name)} is neither file, folder nor link`);
    this.#refuseSecond(name, false);
    this.#links.set(name, kind === 'hard-link' ? safeName(linkName) : symbolicTarget(name, linkName));
  }

  /** Which of two a program takes is a matter of taste, so that one archive would be two. */
  #refuseSecond(name: string, isSame: boolean): void {
    if (isSame || !(this.#files.has(name) || this.#links.has(name))) return;
    throw invalidArchive(`the entry ${shownName(name)} comes twice`);
  }
}

/** The digest that a name promises. */
function digestInName(name: string): Digest | 'none-that-counts' | undefined {
  const [, algorithm, hex] = LAYOUT_BLOB.exec(name) ?? [];
  if (algorithm !== undefined) return parseDigest(`${algorithm}:${hex}`) ?? 'none-that-counts';
  const config = CONFIG.exec(name)?.[1];
  return config === undefined ? undefined : parseDigest(`sha256:${config}`);
}

function wrongDigest(name: string, actual: Digest): Error {
  return refuse('DIGEST_INVALID', {
    message: `this archive can't be taken: the entry ${shownName(name)} has the digest ${actual.text}`,
    detail: { entry: name, received: actual.text },
  });
}
