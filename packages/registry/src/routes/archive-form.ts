/**
 * A form with files, as `curl -F` sends it: each part goes through multer straight into `IncomingFiles`, as its bytes
 * come; nothing of it is written anywhere else. Multer gets the request's headers and body and nothing more of it.
 *
 * RFC 7578 (multipart/form-data).
 */

import { Readable } from 'node:stream';
import { lookup } from 'mime-types';
import multer, { type StorageEngine } from 'multer';
import { bodyOf, ClientGone } from '../body.ts';
import type { Chunks } from '../chunks.ts';
import { RegistryError, refuse } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { IncomingFile, IncomingFiles } from '../store/archives/incoming.ts';
import { isMediaType } from '../store/manifest-document.ts';

/** The fields of the form, once all of its files are with `files`. @throws RegistryError BLOB_UPLOAD_INVALID; ClientGone */
export async function receiveForm(
  exchange: Exchange,
  files: IncomingFiles,
): Promise<Readonly<Record<string, string>>> {
  const form: Form = Object.assign(Readable.from(eachChunk(bodyOf(exchange)), { objectMode: false }), {
    headers: exchange.request.headers,
    body: {},
  });
  const engine = new StoreEngine(files, form);
  try {
    await new Promise<void>((resolve, reject) => {
      readerFor(exchange, engine, form)(form, undefined, (error) => (error ? reject(error) : resolve()));
    });
    await engine.idle();
  } catch (error) {
    form.destroy();
    await engine.idle().catch(() => undefined);
    // Whatever ended the form early: everything else follows from that.
    throw form.errored ?? engine.failure ?? readable(error);
  }
  return annotationsOf(form.body);
}

/** What multer needs of a request, and what it leaves there. */
type Form = Readable & { readonly headers: Exchange['request']['headers']; body: unknown };
type FormReader = (form: Form, response: undefined, done: (error?: unknown) => void) => void;

function readerFor({ store }: Exchange, engine: StoreEngine, form: Form): FormReader {
  const { artifactFields, artifactFieldBytes, artifactFiles } = store.limits;
  const refuseForm = (message: string) => (): void => {
    form.destroy(malformed(message));
  };
  const options = {
    storage: engine,
    // What curl sends is the UTF-8 of the terminal.
    defParamCharset: 'utf8',
    limits: {
      fieldNameSize: FIELD_NAME_BYTES,
      fieldSize: artifactFieldBytes,
      fields: artifactFields,
      files: artifactFiles,
      headerPairs: HEADERS_OF_PART,
    },
    // Multer would read all that still comes before it tells of these, or pass over them.
    streamHandler: (body: Form, parts: NodeJS.WritableStream): void => {
      parts.on('fieldsLimit', refuseForm(`it has more than ${artifactFields} fields`));
      parts.on('filesLimit', refuseForm(`it has more than ${artifactFiles} files`));
      parts.on('file', (name: string, _stream: Readable, { filename }: { filename?: string }) => {
        if (!filename) refuseForm(`the file in the field ${JSON.stringify(name)} has no name`)();
      });
      body.pipe(parts);
    },
  };
  // Its types ask for all of Express's request and response; it uses what Form has.
  return multer(options).any() as unknown as FormReader;
}

/** Longer than any annotation key that is usual. */
const FIELD_NAME_BYTES = 256;
/** A part has three headers. */
const HEADERS_OF_PART = 16;

/** Multer's way to put files somewhere: one after the other into the store. */
class StoreEngine implements StorageEngine {
  readonly #files: IncomingFiles;
  readonly #form: Form;
  #work: Promise<void> = Promise.resolve();
  /** Why a file couldn't be taken. */
  failure: unknown;

  constructor(files: IncomingFiles, form: Form) {
    this.#files = files;
    this.#form = form;
  }

  _handleFile(
    _request: unknown,
    file: Pick<Express.Multer.File, 'originalname' | 'mimetype' | 'stream'>,
    done: (error?: unknown) => void,
  ): void {
    this.#work = this.#work.then(() => this.#files.add(describe(file), eachAlone(file.stream)));
    this.#work.then(
      () => done(),
      (error: unknown) => {
        this.failure ??= error;
        // Nothing that still comes is of use.
        this.#form.destroy(Error.isError(error) ? error : undefined);
        done(error);
      },
    );
  }

  /** Whoever owns the files throws them away. */
  _removeFile(_request: unknown, _file: unknown, done: (error: Error | null) => void): void {
    done(null);
  }

  /** Resolves when no file is on its way any more. @throws why one couldn't be taken */
  async idle(): Promise<void> {
    await this.#work;
  }
}

const UNSAFE_TITLE = /[\p{Cc}\\/]|^\.{0,2}$/u;
const MAX_TITLE_BYTES = 255;

function describe({
  originalname,
  mimetype,
}: Pick<Express.Multer.File, 'originalname' | 'mimetype'>): IncomingFile {
  if (UNSAFE_TITLE.test(originalname) || Buffer.byteLength(originalname) > MAX_TITLE_BYTES) {
    throw malformed(
      `${JSON.stringify(originalname.slice(0, 300))} is no name for a file; allowed: ${MAX_TITLE_BYTES} bytes, no folder and no control characters`,
    );
  }
  const sent = isMediaType(mimetype) ? mimetype : 'application/octet-stream';
  return { title: originalname, mediaType: lookup(originalname) || sent };
}

function annotationsOf(fields: unknown): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (typeof value !== 'string') {
      throw malformed(
        `the field ${JSON.stringify(name)} comes twice or with brackets; a field is one annotation`,
      );
    }
    annotations[name] = value;
  }
  return annotations;
}

async function* eachChunk(source: AsyncIterable<Chunks>): AsyncGenerator<Uint8Array> {
  for await (const chunks of source) for (const chunk of chunks) yield chunk;
}

async function* eachAlone(stream: Readable): AsyncGenerator<Chunks> {
  try {
    for await (const chunk of stream) yield [chunk];
  } catch (error) {
    throw readable(error);
  }
}

/** Multer's and its parser's words for a form that is wrong; what our own stations say stays what it is. */
function readable(error: unknown): unknown {
  if (error instanceof RegistryError || error instanceof ClientGone) return error;
  // Multer's are no errors to `Error.isError`.
  const { message, field } = Object(error) as { readonly message?: unknown; readonly field?: unknown };
  return malformed(`${message}${typeof field === 'string' ? ` (${JSON.stringify(field)})` : ''}`);
}

function malformed(why: string): RegistryError {
  return refuse('BLOB_UPLOAD_INVALID', { message: `this form can't be taken: ${why}` });
}
