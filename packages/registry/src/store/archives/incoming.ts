/**
 * The files of one upload: an image archive alone, or any files, which together become an artifact. They are kept
 * out of sight until the last one has come and all was looked at; then an image or an artifact is pushed, as any other.
 *
 * image-spec v1.1, manifest.md, "Guidelines for Artifact Usage"; the titles are how oras calls files.
 */

import { invalidArchive, shownName, tooMuch } from '../../archives/archive-errors.ts';
import { BEGINNING_BYTES, type FileKind, kindOf } from '../../archives/archive-kind.ts';
import { ByteReader } from '../../archives/byte-reader.ts';
import { type Compression, unpacked } from '../../archives/compression.ts';
import { readTar } from '../../archives/read-tar.ts';
import type { ByteSource } from '../../chunks.ts';
import { type RegistryError, refuse } from '../../errors.ts';
import type { Digest, RepositoryName, Tag } from '../../names.ts';
import type { StoreContext } from '../context.ts';
import { pushManifest } from '../manifests.ts';
import { ArchiveEntries } from './archive-entries.ts';
import { type ImagePlan, madeManifest } from './image-plan.ts';
import { planDocker } from './plan-docker.ts';
import { planLayout } from './plan-layout.ts';
import { type StagedFile, Staging } from './staging.ts';

/** What whoever sends files may insist on: what they are. */
export type SentAs = 'image' | 'file';

export interface IncomingFile {
  /** Its name, without folders; undefined where only an image archive can be meant. */
  readonly title: string | undefined;
  readonly mediaType: string;
}

export interface PushedArchive {
  readonly kind: 'image' | 'artifact';
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of the manifest. */
  readonly sizeBytes: number;
  /** Of the manifests, and of the blobs that came with them. */
  readonly contentBytes: number;
}

interface KeptFile {
  readonly title: string;
  readonly mediaType: string;
  readonly file: StagedFile;
}

const ARTIFACT = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY_CONFIG = 'application/vnd.oci.empty.v1+json';
/** What oras calls files that nobody gave a type. */
const UNKNOWN_ARTIFACT = 'application/vnd.unknown.artifact.v1';
export const TITLE = 'org.opencontainers.image.title';
const EMPTY = Buffer.from('{}');

export class IncomingFiles {
  readonly #store: StoreContext;
  readonly #name: RepositoryName;
  readonly #tag: Tag;
  readonly #as: SentAs | undefined;
  readonly #staging: Staging;
  readonly #files: KeptFile[] = [];
  #image: { readonly plan: ImagePlan; readonly title: string } | undefined;

  constructor(store: StoreContext, name: RepositoryName, tag: Tag, as: SentAs | undefined) {
    this.#store = store;
    this.#name = name;
    this.#tag = tag;
    this.#as = as;
    this.#staging = new Staging(store);
  }

  /** Takes the next file. @throws RegistryError for one that can't be taken; whatever the source does */
  async add(incoming: IncomingFile, source: ByteSource): Promise<void> {
    const reader = new ByteReader(source);
    try {
      const beginning = await reader.peek(BEGINNING_BYTES);
      const kind = this.#judge(await kindOf(beginning), incoming);
      this.#refuseCompany(incoming, kind.kind);
      if (kind.kind === 'image') await this.#addImage(incoming, reader.rest(), kind.compression);
      else await this.#addFile(incoming, reader.rest());
    } finally {
      await reader.close();
    }
  }

  /**
   * Pushes what came. Durable.
   * @param annotations of the artifact
   * @throws RegistryError BLOB_UPLOAD_INVALID, MANIFEST_INVALID
   */
  async push(annotations: Readonly<Record<string, string>>): Promise<PushedArchive> {
    if (this.#image === undefined) return await this.#pushArtifact(annotations);
    const [field] = Object.keys(annotations);
    if (field === undefined) return await this.#pushPlan('image', this.#image.plan);
    throw refuse('BLOB_UPLOAD_INVALID', {
      message: `${shownName(field)} can't be an annotation: ${shownName(this.#image.title)} is an image archive, and an image stays what it is; leave the field out, or add ?as=file to keep the archive as a file`,
    });
  }

  /** Throws away what was not pushed. */
  async close(): Promise<void> {
    await this.#staging.close();
  }

  #judge(kind: FileKind, { title }: IncomingFile): Exclude<FileKind, { kind: 'unsafe' }> {
    if (this.#as === 'file' && title !== undefined) return { kind: 'other' };
    if (kind.kind === 'unsafe') {
      throw invalidArchive(
        `its first entry, ${shownName(kind.entryName)}, is not below the archive's own folder; add ?as=file to keep it as a file`,
      );
    }
    if (kind.kind === 'image' || (this.#as !== 'image' && title !== undefined)) return kind;
    throw notAnImage();
  }

  #refuseCompany({ title }: IncomingFile, kind: 'image' | 'other'): void {
    const { artifactFiles } = this.#store.limits;
    if (this.#files.length >= artifactFiles) throw tooMuch('files', artifactFiles);
    const isAlone = this.#image === undefined && (kind === 'other' || this.#files.length === 0);
    if (isAlone) return;
    const image = this.#image?.title ?? title ?? '';
    throw refuse('BLOB_UPLOAD_INVALID', {
      message: `${shownName(image)} is an image archive, which makes an image of its own: send it alone, or add ?as=file to keep it as a file`,
    });
  }

  async #addImage({ title = '' }: IncomingFile, source: ByteSource, compression: Compression): Promise<void> {
    const { limits } = this.#store;
    const entries = new ArchiveEntries(this.#staging, limits.manifestBytes);
    await entries.addAll(readTar(unpacked(source, compression, limits), limits));
    this.#image = { plan: await this.#planOf(entries), title };
  }

  /** Docker's newer archives have both forms; the layout is the one that says more. */
  async #planOf(entries: ArchiveEntries): Promise<ImagePlan> {
    const planning = {
      store: this.#store,
      staging: this.#staging,
      entries,
      name: this.#name,
      tag: this.#tag,
    };
    const index = await entries.read('index.json');
    if (index !== undefined) return await planLayout(planning, index);
    const manifest = await entries.read('manifest.json');
    if (manifest !== undefined) return await planDocker(planning, manifest);
    throw invalidArchive(
      'it has neither index.json (an OCI image layout) nor manifest.json (docker save, since Docker 1.10); add ?as=file to keep it as a file',
    );
  }

  async #addFile({ title = '', mediaType }: IncomingFile, source: ByteSource): Promise<void> {
    if (this.#files.some((each) => each.title === title)) {
      throw refuse('BLOB_UPLOAD_INVALID', {
        message: `two files are called ${shownName(title)}: one would hide the other`,
      });
    }
    this.#files.push({ title, mediaType, file: await this.#staging.add(source) });
  }

  async #pushArtifact(annotations: Readonly<Record<string, string>>): Promise<PushedArchive> {
    if (this.#files.length === 0) {
      throw refuse('BLOB_UPLOAD_INVALID', { message: 'no file came: send one with -F file=@FILE' });
    }
    const config = await this.#staging.add([[EMPTY]]);
    const manifest = {
      schemaVersion: 2,
      mediaType: ARTIFACT,
      artifactType: UNKNOWN_ARTIFACT,
      config: { mediaType: EMPTY_CONFIG, digest: config.digest.text, size: config.sizeBytes },
      layers: this.#files.map(({ title, mediaType, file: { digest, sizeBytes } }) => ({
        mediaType,
        digest: digest.text,
        size: sizeBytes,
        annotations: { [TITLE]: title },
      })),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const blobs = new Map(
      [config, ...this.#files.map(({ file }) => file)].map((file) => [file.digest.text, file]),
    );
    return await this.#pushPlan('artifact', { blobs, manifests: [madeManifest(ARTIFACT, bytes)] });
  }

  async #pushPlan(kind: PushedArchive['kind'], { blobs, manifests }: ImagePlan): Promise<PushedArchive> {
    const last = manifests.at(-1);
    if (last === undefined) throw new TypeError('a plan has a manifest');
    for (const file of blobs.values()) await this.#staging.place(this.#name, file);
    for (const { digest, bytes: read, mediaType } of manifests) {
      const bytes = await read();
      const tags = digest === last.digest ? [this.#tag] : [];
      const reference = { kind: 'digest', digest } as const;
      await pushManifest(this.#store, { name: this.#name, reference, tags, bytes, contentType: mediaType });
    }
    const sizes = [...blobs.values(), ...manifests].map(({ sizeBytes }) => sizeBytes);
    const contentBytes = sizes.reduce((sum, each) => sum + each, 0);
    const { digest, mediaType, sizeBytes } = last;
    return { kind, digest, mediaType, sizeBytes, contentBytes };
  }
}

function notAnImage(): RegistryError {
  return invalidArchive(
    'it is neither what docker save writes nor an OCI image layout in a tar (plain, gzip or zstd); other files are taken from a form, with their names: -F file=@FILE',
  );
}
