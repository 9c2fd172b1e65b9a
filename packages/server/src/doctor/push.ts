// A push as clients do it (distribution-spec, "Push"): a blob of random bytes, a tiny config, a manifest of both, by digest,
// so that no tag stays behind.

import { connectionWords } from '../http/connection-words.ts';
import { answerProblem, registryErrorOf } from './answer-words.ts';
import type { Answer } from './ask.ts';
import { contentOf, type RandomContent, randomContent } from './content.ts';
import { type Authorization, askRegistry, type Context } from './context.ts';
import { type Finding, finding, type Problem } from './finding.ts';
import { rateText, sizeText } from './size-text.ts';

/** What is in the registry now, whether the push came to its end or not. */
export interface Pushed {
  readonly blobs: readonly string[];
  readonly manifest: string | undefined;
}

export interface PushResult {
  readonly finding: Finding;
  readonly pushed: Pushed;
  /** The large blob, to be pulled back; undefined if the push failed. */
  readonly layer: RandomContent | undefined;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

export async function checkPush(context: Context, authorization: Authorization): Promise<PushResult> {
  const layer = randomContent(context.pushSizeBytes);
  // Of its own, as the usual `{}` may be another artifact's config in the same repository, and goes with the delete.
  const config = contentOf(JSON.stringify({ layer: layer.digest }));
  const blobs: string[] = [];
  const stop = ({ outcome = 'fail', ...problem }: Refusal): PushResult => ({
    finding: finding('push', outcome, problem.message, problem.remedy),
    pushed: { blobs, manifest: undefined },
    layer: undefined,
  });
  let tookMs = 0;
  for (const blob of [layer, config]) {
    const result = await pushBlob(context, authorization, blob);
    if ('message' in result) return stop(result);
    blobs.push(blob.digest);
    tookMs += result.tookMs;
  }
  const manifest = contentOf(manifestText(config, layer));
  const refusal = await pushManifest(context, authorization, manifest);
  if (refusal !== undefined) return stop(refusal);
  const message = `${sizeText(layer.sizeBytes)} to ${context.repository} in ${rateText(layer.sizeBytes, tookMs)}`;
  return { finding: finding('push', 'ok', message), pushed: { blobs, manifest: manifest.digest }, layer };
}

interface Refusal extends Problem {
  readonly outcome?: 'fail' | 'skipped';
}

async function pushBlob(
  context: Context,
  authorization: Authorization,
  blob: RandomContent,
): Promise<Refusal | { readonly tookMs: number }> {
  const what = `the upload of ${sizeText(blob.sizeBytes)}`;
  const start = await tried(
    askRegistry(context, `v2/${context.repository}/blobs/uploads/`, authorization, { method: 'POST' }),
    'the start of an upload',
  );
  if ('message' in start) return start;
  if (start.status !== 202) return refusalOf(context, authorization, start, 'the start of an upload');
  const location = uploadUrl(start);
  if ('message' in location) return location;
  const target = new URL(location);
  target.searchParams.set('digest', blob.digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const options = { method: 'PUT', headers, content: blob };
  const end = await tried(
    askRegistry(context, target, authorization, options),
    `${what} to ${target.origin}`,
  );
  if (!('message' in end) && end.status === 201) return { tookMs: end.tookMs };
  // What has been sent of it is thrown away now, if the registry can, and by its purge of uploads otherwise.
  await askRegistry(context, location, authorization, { method: 'DELETE' }).catch(() => undefined);
  return 'message' in end ? end : refusalOf(context, authorization, end, what);
}

async function pushManifest(
  context: Context,
  authorization: Authorization,
  content: RandomContent,
): Promise<Refusal | undefined> {
  const path = `v2/${context.repository}/manifests/${content.digest}`;
  const options = { method: 'PUT', headers: { 'content-type': manifestType }, content };
  const answer = await tried(askRegistry(context, path, authorization, options), 'the push of a manifest');
  if ('message' in answer) return answer;
  return answer.status === 201
    ? undefined
    : refusalOf(context, authorization, answer, 'the push of a manifest');
}

async function tried(asked: Promise<Answer>, what: string): Promise<Answer | Refusal> {
  try {
    return await asked;
  } catch (error) {
    return { message: `${what}: the server ${connectionWords(error)}` };
  }
}

/** A proxy that hides from the registry that it is reached by HTTPS makes it send clients to HTTP. */
function uploadUrl({ url, headers }: Answer): URL | Refusal {
  const location = URL.parse(headers.location ?? '', url);
  if (headers.location === undefined || location === null) {
    return { message: 'an upload was begun without a Location that says where it goes' };
  }
  if (url.protocol === 'https:' && location.protocol === 'http:') {
    return {
      message: `uploads are sent to ${location.origin}, though the registry is HTTPS`,
      remedy:
        'Have the proxy send X-Forwarded-Proto $scheme and Host $http_host, or set http.host (REGISTRY_HTTP_HOST) to the address that clients use',
    };
  }
  return location;
}

function refusalOf(context: Context, authorization: Authorization, answer: Answer, what: string): Refusal {
  const { repository, credentials } = context;
  const error = registryErrorOf(answer.text);
  if (answer.status === 401 || answer.status === 403) {
    if (credentials === undefined) {
      return {
        outcome: 'skipped',
        message: `nobody may push to ${repository} ${authorization === undefined ? 'without a login' : 'anonymously'}`,
        remedy: 'Give --user NAME, and the password in BERTH_PASSWORD',
      };
    }
    const message = `${credentials.account} may not push to ${repository} (${answer.status} ${error?.code ?? ''})`;
    return { message, remedy: 'Give an account that may, or --repository NAME' };
  }
  if (error?.code === 'UNSUPPORTED' || answer.status === 405) {
    return {
      message: `${what} was answered ${answer.status}: the registry takes no pushes; it may be read-only, or a cache`,
      remedy:
        'Set storage.maintenance.readonly.enabled (REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED) to false',
    };
  }
  if (error?.code === 'NAME_UNKNOWN') {
    const message = `the registry has no place for ${repository}: ${error.message}`;
    return { message, remedy: 'Make it there first, or give --repository NAME' };
  }
  return answerProblem(answer, what);
}

function manifestText(config: RandomContent, layer: RandomContent): string {
  const descriptor = (mediaType: string, { digest, sizeBytes }: RandomContent) => ({
    mediaType,
    digest,
    size: sizeBytes,
  });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor('application/vnd.berth.doctor.config.v1+json', config),
    layers: [descriptor('application/octet-stream', layer)],
  });
}
