// Is it a registry, and how does it ask for a login? GET /v2/ (end-1 of distribution-spec).

import { connectionWords } from '../http/connection-words.ts';
import { answerProblem, isPage, isRecord, parsed, quoted } from './answer-words.ts';
import type { Answer } from './ask.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import { schemeOf } from './connection.ts';
import { askRegistry, type Context } from './context.ts';
import { type Checked, finding } from './finding.ts';
import type { Target } from './target.ts';

export interface Greeting {
  readonly challenge: Challenge;
  readonly answer: Answer;
}

export async function checkRegistry(context: Context, target: Target): Promise<Checked<Greeting>> {
  let answer: Answer;
  try {
    answer = await askRegistry(context, 'v2/', undefined);
  } catch (error) {
    return wrongProtocol(target, connectionWords(error));
  }
  if (answer.status === 400 && context.base.protocol === 'http:') {
    return wrongProtocol(target, 'answered 400 to /v2/');
  }
  return greeting(answer);
}

/** Most servers have a 400 for who speaks HTTP to their HTTPS, others hang up. */
async function wrongProtocol(target: Target, words: string): Promise<Checked<never>> {
  const isTls = target.scheme === 'http' && (await schemeOf(target)) === 'https';
  const message = isTls ? `${target.host} speaks HTTPS, not HTTP` : `${target.host} ${words}`;
  const remedy = isTls ? `Name it as https://${target.host}` : undefined;
  return { findings: [finding('registry', 'fail', message, remedy)] };
}

function greeting(answer: Answer): Checked<Greeting> {
  const { status, headers } = answer;
  if (status === 200 && looksLikeRegistry(answer)) {
    const message = 'it answers at /v2/ and asks for no login: whoever reaches it may use it';
    return { findings: [finding('registry', 'ok', message)], value: { challenge: { kind: 'open' }, answer } };
  }
  if (status === 401) {
    const header = headers['www-authenticate'];
    const challenge = parseChallenge(header);
    if (challenge !== undefined) {
      const kind = challenge.kind === 'bearer' ? 'tokens (Bearer)' : 'a password (Basic)';
      return {
        findings: [finding('registry', 'ok', `it answers at /v2/ and asks for ${kind}`)],
        value: { challenge, answer },
      };
    }
    const message =
      header === undefined
        ? '/v2/ answers 401 without saying how to log in (no WWW-Authenticate header)'
        : `/v2/ answers 401 with a challenge that clients do not know: ${quoted(header)}`;
    const remedy = "See that no proxy drops the registry's headers or asks for a login of its own";
    return { findings: [finding('registry', 'fail', message, remedy)] };
  }
  const { message, remedy } = status === 200 ? notARegistry(answer) : answerProblem(answer, '/v2/');
  return { findings: [finding('registry', 'fail', message, remedy)] };
}

/** Those of the spec say nothing in the body; distribution and zot name themselves in a header. */
function looksLikeRegistry(answer: Answer): boolean {
  const { headers, text } = answer;
  const isNamed = Object.keys(headers).some((name) => /^(?:docker-)?distribution-api-version$/.test(name));
  return isNamed || (!isPage(answer) && (text === '' || isRecord(parsed(text))));
}

function notARegistry(answer: Answer) {
  if (isPage(answer)) return answerProblem(answer, '/v2/');
  return {
    message: '/v2/ answers 200 with something that no registry says',
    remedy: 'See what listens there',
  };
}
