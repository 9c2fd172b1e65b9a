/** Beyond the spec: an image, or files, as one upload and one download, for whoever has no more than curl. */

import { type Answer, jsonAnswer } from '../answer.ts';
import { bodyOf } from '../body.ts';
import { refuse } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { RepositoryName } from '../names.ts';
import type { Reference } from '../path.ts';
import { IncomingFiles, type PushedArchive, type SentAs } from '../store/archives/incoming.ts';
import { openDownload } from '../store/archives/outgoing.ts';
import { isMediaType } from '../store/manifest-document.ts';
import { receiveForm } from './archive-form.ts';
import { contentAnswer } from './content-answer.ts';
import { contentDisposition } from './content-disposition.ts';

interface ArchiveRoute {
  readonly name: RepositoryName;
  readonly reference: Reference;
}

/** `curl -F file=@FILE`, or `curl -T image.tar`. */
export async function postArchive(exchange: Exchange, { name, reference }: ArchiveRoute): Promise<Answer> {
  if (reference.kind === 'digest') {
    throw refuse('TAG_INVALID', { message: 'an upload is named by a tag: /upload/NAME:TAG' });
  }
  const { tag } = reference;
  const files = new IncomingFiles(exchange.store, name, tag, sentAs(exchange.query.get('as')));
  try {
    const annotations = isForm(exchange)
      ? await receiveForm(exchange, files)
      : await receiveRaw(exchange, files);
    return created(name, tag, await files.push(annotations));
  } finally {
    await files.close();
  }
}

export async function getArchive(
  { store, request, query }: Exchange,
  { name, reference }: ArchiveRoute,
): Promise<Answer> {
  const host = hostOf(request.headers.host);
  const platform = query.get('platform') ?? undefined;
  const found = await openDownload(store, { name, reference, host, platform });
  const { content, digest, fileName, mediaType, tag } = found;
  const headers = {
    'Content-Type': isMediaType(mediaType) ? mediaType : 'application/octet-stream',
    'Content-Length': String(content.sizeBytes),
    'Content-Disposition': contentDisposition(fileName),
    'Docker-Content-Digest': digest.text,
    ETag: `"${tag}"`,
    'Accept-Ranges': 'bytes',
    // Anybody's file, on the registry's own address: a browser must save it and never show it.
    'X-Content-Type-Options': 'nosniff',
  };
  const answer = await contentAnswer(request.headers, content, headers);
  if (request.method !== 'HEAD') return answer;
  await content.close();
  return { status: answer.status, headers: answer.headers };
}

async function receiveRaw(
  exchange: Exchange,
  files: IncomingFiles,
): Promise<Readonly<Record<string, string>>> {
  await files.add({ title: undefined, mediaType: '' }, bodyOf(exchange));
  return {};
}

function isForm({ request }: Exchange): boolean {
  return /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
}

function sentAs(text: string | null): SentAs | undefined {
  if (text === null || text === 'image' || text === 'file') return text ?? undefined;
  throw refuse('BLOB_UPLOAD_INVALID', {
    message: `as=${JSON.stringify(text.slice(0, 100))} is not possible; allowed: image, file`,
  });
}

function created(name: RepositoryName, tag: string, pushed: PushedArchive): Answer {
  const { kind, digest, mediaType, sizeBytes, contentBytes } = pushed;
  const body = {
    name,
    tag,
    kind,
    mediaType,
    digest: digest.text,
    size: sizeBytes,
    contentSize: contentBytes,
  };
  const headers = {
    Location: `/v2/${name}/manifests/${digest.text}`,
    'Docker-Content-Digest': digest.text,
  };
  return { ...jsonAnswer(body, headers), status: 201 };
}

/** As an image's reference may begin: with a dot, a port, or localhost, as anything else would be Docker Hub's. */
const REFERENCE_HOST =
  /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|(?:[a-z0-9-]+\.)*[a-z0-9-]+(?=:))(?::\d{1,5})?$/;

function hostOf(header: string | undefined): string | undefined {
  const host = header?.toLowerCase() ?? '';
  return REFERENCE_HOST.test(host) ? host : undefined;
}
