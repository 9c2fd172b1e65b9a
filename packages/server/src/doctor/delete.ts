// What was pushed is taken away again, where deletes are on.

import { connectionWords } from '../http/connection-words.ts';
import { answerProblem, registryErrorOf } from './answer-words.ts';
import type { Answer } from './ask.ts';
import { type Authorization, askRegistry, type Context } from './context.ts';
import { type Finding, finding } from './finding.ts';
import type { Pushed } from './push.ts';

export async function checkDelete(
  context: Context,
  authorization: Authorization,
  { blobs, manifest }: Pushed,
): Promise<Finding> {
  const paths = [
    ...(manifest === undefined ? [] : [`manifests/${manifest}`]),
    ...blobs.map((digest) => `blobs/${digest}`),
  ];
  try {
    let isManifestGone = false;
    for (const path of paths) {
      const url = `v2/${context.repository}/${path}`;
      const answer = await askRegistry(context, url, authorization, { method: 'DELETE' });
      const isGone = answer.status === 202 || answer.status === 200 || answer.status === 204;
      // Some registries take the blobs with their manifest.
      if (!isGone && answer.status !== 404) return notDeleted(context, answer, isManifestGone);
      isManifestGone ||= path.startsWith('manifests') && isGone;
    }
  } catch (error) {
    return finding('delete', 'fail', `a delete: the server ${connectionWords(error)}`, stays(context));
  }
  return finding('delete', 'ok', `what was pushed to ${context.repository} is gone again`);
}

function notDeleted(context: Context, answer: Answer, isManifestGone: boolean): Finding {
  const error = registryErrorOf(answer.text);
  const isOff = error?.code === 'UNSUPPORTED' || answer.status === 405;
  if (isOff && isManifestGone) {
    const message = 'manifests may be deleted, blobs may not: they go when the registry collects its garbage';
    return finding('delete', 'ok', message);
  }
  if (isOff) {
    const message = `deletes are off: what was pushed stays in ${context.repository}`;
    const remedy =
      'If they should be on: storage.delete.enabled: true, or REGISTRY_STORAGE_DELETE_ENABLED=true';
    return finding('delete', 'warn', message, remedy);
  }
  if (answer.status === 401 || answer.status === 403) {
    const who = context.credentials?.account ?? 'an anonymous client';
    const message = `${who} may not delete: what was pushed stays in ${context.repository}`;
    return finding('delete', 'warn', message, 'If it should: give it the action delete in the rules');
  }
  const { message, remedy } = answerProblem(answer, 'a delete');
  return finding('delete', 'fail', message, remedy ?? stays(context));
}

function stays({ repository }: Context): string {
  return `What was pushed stays in ${repository}`;
}
