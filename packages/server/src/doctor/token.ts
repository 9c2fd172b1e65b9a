// Does the token server give a token for a push, and does the registry take it?

import { connectionWords } from '../http/connection-words.ts';
import { answerProblem, isRecord, parsed, registryErrorOf } from './answer-words.ts';
import { type Answer, ask } from './ask.ts';
import type { Challenge } from './challenge.ts';
import { askRegistry, basicAuthorization, type Context } from './context.ts';
import { type Checked, finding, type Outcome, type Problem } from './finding.ts';
import type { TokenServer } from './realm.ts';

export interface Admission {
  readonly authorization: string | undefined;
  /** The token server's answer; undefined where there is none. */
  readonly answer: Answer | undefined;
}

const notOver = 'the registry asks for no login';

/** @returns how requests are let in, for a registry that knows no tokens too */
export async function checkToken(
  context: Context,
  challenge: Challenge,
  server: TokenServer | undefined,
): Promise<Checked<Admission>> {
  if (challenge.kind === 'open') {
    return {
      findings: [finding('token', 'skipped', notOver)],
      value: { authorization: undefined, answer: undefined },
    };
  }
  if (challenge.kind === 'basic') return checkPassword(context);
  if (server === undefined) return found('skipped', { message: 'needs a realm that clients go to' });
  let answer: Answer;
  try {
    answer = await askForToken(context, server);
  } catch (error) {
    return found('fail', { message: `${server.url.href} ${connectionWords(error)}` });
  }
  if (answer.status !== 200) return refused(context, answer);
  const token = tokenIn(answer.text);
  if (token === undefined) {
    return found('fail', {
      message: `${server.url.href} answered 200 without a token`,
      remedy: 'See what answers there',
    });
  }
  return tryAuthorization(context, `Bearer ${token}`, answer);
}

function found(outcome: Outcome, { message, remedy }: Problem): Checked<never> {
  return { findings: [finding('token', outcome, message, remedy)] };
}

function askForToken(context: Context, { url, service }: TokenServer): Promise<Answer> {
  const { credentials, repository, ca } = context;
  const asked = new URL(url);
  if (service !== undefined) asked.searchParams.set('service', service);
  asked.searchParams.set('scope', `repository:${repository}:pull,push,delete`);
  if (credentials !== undefined) asked.searchParams.set('account', credentials.account);
  const headers = credentials === undefined ? {} : { authorization: basicAuthorization(credentials) };
  return ask(asked, { headers, ca });
}

function tokenIn(text: string): string | undefined {
  const body = parsed(text);
  if (!isRecord(body)) return undefined;
  return [body['token'], body['access_token']].find((each) => typeof each === 'string' && each !== '') as
    | string
    | undefined;
}

function refused({ credentials }: Context, answer: Answer): Checked<never> {
  const isRefusal = answer.status === 401 || answer.status === 403;
  if (!isRefusal) return found('fail', answerProblem(answer, 'the request for a token'));
  if (credentials === undefined) return anonymous();
  const message = `the token server refuses ${credentials.account} (${answer.status})`;
  return found('fail', { message, remedy: 'See that account and password are right' });
}

function anonymous(): Checked<never> {
  const message = 'nobody gets in without a login';
  return found('skipped', { message, remedy: 'Give --user NAME, and the password in BERTH_PASSWORD' });
}

async function checkPassword(context: Context): Promise<Checked<Admission>> {
  const { credentials } = context;
  if (credentials === undefined) return anonymous();
  return tryAuthorization(context, basicAuthorization(credentials), undefined);
}

async function tryAuthorization(
  context: Context,
  authorization: string,
  tokenAnswer: Answer | undefined,
): Promise<Checked<Admission>> {
  const isToken = tokenAnswer !== undefined;
  const who = context.credentials?.account ?? 'an anonymous client';
  try {
    const answer = await askRegistry(context, 'v2/', authorization);
    if (answer.status === 200) {
      const message = isToken
        ? `${who} gets one, and the registry takes it`
        : `the registry takes ${who}'s password`;
      return { findings: [finding('token', 'ok', message)], value: { authorization, answer: tokenAnswer } };
    }
    if (answer.status !== 401 && answer.status !== 403) {
      return found('fail', answerProblem(answer, `/v2/ with a ${isToken ? 'token' : 'password'}`));
    }
    return isToken ? notTaken(answer) : found('fail', wrongPassword(who, answer.status));
  } catch (error) {
    return found('fail', { message: `${context.base.host} ${connectionWords(error)}` });
  }
}

function wrongPassword(who: string, status: number): Problem {
  return {
    message: `the registry refuses ${who} (${status})`,
    remedy: 'See that account and password are right',
  };
}

function notTaken(answer: Answer): Checked<never> {
  const error = registryErrorOf(answer.text);
  const code = error === undefined ? '' : ` ${error.code}`;
  const message = `the registry refuses the token that its own token server made (${answer.status}${code})`;
  const remedy =
    "See that both have the same issuer and service, that the token server's certificate is in the registry's rootcertbundle (or its key in jwks), and that their clocks agree";
  return found('fail', { message, remedy });
}
