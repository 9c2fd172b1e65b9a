// Does what was pushed come back as it was?

import { createHash } from 'node:crypto';
import { connectionWords } from '../http/connection-words.ts';
import { serverLimits } from '../limits.ts';
import { answerProblem } from './answer-words.ts';
import type { Answer } from './ask.ts';
import type { RandomContent } from './content.ts';
import { type Authorization, askRegistry, type Context } from './context.ts';
import { type Finding, finding, type Problem } from './finding.ts';
import { rateText, sizeText } from './size-text.ts';

export async function checkPull(
  context: Context,
  authorization: Authorization,
  manifest: string,
  layer: RandomContent,
): Promise<Finding> {
  const accept = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const first = await pulled(context, authorization, `manifests/${manifest}`, manifest, accept);
  if ('message' in first) return finding('pull', 'fail', first.message, first.remedy);
  const second = await pulled(context, authorization, `blobs/${layer.digest}`, layer.digest, {});
  if ('message' in second) return finding('pull', 'fail', second.message, second.remedy);
  const through = second.url.origin === context.base.origin ? '' : ` from ${second.url.origin}`;
  const message = `${sizeText(layer.sizeBytes)}${through} in ${rateText(layer.sizeBytes, second.tookMs)}, with the digest that it should have`;
  return finding('pull', 'ok', message);
}

async function pulled(
  context: Context,
  authorization: Authorization,
  path: string,
  digest: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer | Problem> {
  const what = path.startsWith('blobs') ? 'the pull of the blob' : 'the pull of the manifest';
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const onBytes = (bytes: Buffer) => {
    hash.update(bytes);
    sizeBytes += bytes.length;
  };
  let url = new URL(`v2/${context.repository}/${path}`, context.base);
  try {
    for (let redirects = 0; redirects <= serverLimits.doctorMaxRedirects; redirects += 1) {
      const answer = await askRegistry(context, url, authorization, { headers, onBytes });
      const next =
        answer.status >= 300 && answer.status < 400 && URL.parse(answer.headers.location ?? '', url);
      if (next) {
        url = next;
        continue;
      }
      if (answer.status !== 200) return answerProblem(answer, what);
      const got = `sha256:${hash.digest('hex')}`;
      if (got === digest) return answer;
      return {
        message: `${what} gave ${sizeBytes} bytes with the digest ${got}, not ${digest}`,
        remedy: 'See whether a proxy changes or caches what it passes on, and whether the disk is sound',
      };
    }
    return {
      message: `${what} was sent from one place to another more than ${serverLimits.doctorMaxRedirects} times`,
    };
  } catch (error) {
    if (sizeBytes === 0) return { message: `${what}: ${url.host} ${connectionWords(error)}` };
    return {
      message: `${what} broke off after ${sizeText(sizeBytes)}: ${url.host} ${connectionWords(error)}`,
      remedy: 'See what the log of the proxy, and of the registry, says of it',
    };
  }
}
