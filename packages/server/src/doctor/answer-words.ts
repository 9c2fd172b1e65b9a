// What an answer means that no registry should give: words for a person, and what to do. Pure.

import { serverLimits } from '../limits.ts';
import type { Answer } from './ask.ts';
import type { Problem } from './finding.ts';
import { proxyOf } from './proxy.ts';

export interface RegistryError {
  readonly code: string;
  readonly message: string;
}

/** The first error of a registry's JSON (distribution-spec, "Error Codes"), or undefined if it isn't that. */
export function registryErrorOf(text: string): RegistryError | undefined {
  const body = parsed(text);
  if (!isRecord(body) || !Array.isArray(body['errors'])) return undefined;
  const first: unknown = body['errors'][0];
  if (!isRecord(first) || typeof first['code'] !== 'string') return undefined;
  return { code: first['code'], message: typeof first['message'] === 'string' ? first['message'] : '' };
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

export function isPage({ headers, text }: Answer): boolean {
  return /html/i.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype|html)/i.test(text);
}

const gatewayWords: Readonly<Record<number, string>> = {
  502: 'it gets no answer from the registry behind it',
  503: 'it, or the registry behind it, is not ready',
  504: 'the registry behind it took longer than it waits',
};

/**
 * @param what was asked for, as in `the upload of 64 MiB`
 * @returns what is wrong, whoever of registry and proxy says so
 */
export function answerProblem(answer: Answer, what: string): Problem {
  const { status } = answer;
  const error = registryErrorOf(answer.text);
  const { name, largeBodies, patience } = proxyOf(answer.headers);
  const answered = `${name} answered ${status} to ${what}`;
  if (status === 413 && error === undefined)
    return { message: `${answered}: it takes no body of that size`, remedy: largeBodies };
  if (status === 504) return { message: `${answered}: ${gatewayWords[504]}`, remedy: patience };
  if ((status === 502 || status === 503) && error === undefined) {
    return {
      message: `${answered}: ${gatewayWords[status]}`,
      remedy: 'See that the registry runs at the address that the proxy has for it, and what its log says',
    };
  }
  if (status === 429)
    return { message: `${what} was answered 429: too many requests`, remedy: 'Wait, and try again' };
  if (error !== undefined)
    return { message: `${what} was answered ${status} ${error.code}: ${quoted(error.message)}` };
  if (status >= 300 && status < 400) return redirected(answer, what);
  if (isPage(answer)) {
    return {
      message: `${answered} with a page for browsers${titleOf(answer.text)}`,
      remedy: 'See that /v2/ goes to the registry, and not to a web site or a page for logging in',
    };
  }
  return { message: `${answered}${answer.text === '' ? '' : `: ${quoted(answer.text)}`}` };
}

function redirected({ status, headers }: Answer, what: string): Problem {
  const location = quoted(headers.location ?? 'nowhere');
  return {
    message: `${what} was answered ${status}, to ${location}`,
    remedy: 'Name the registry by that address',
  };
}

function titleOf(page: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(page)?.[1]?.trim();
  return title ? ` ("${quoted(title)}")` : '';
}

export function quoted(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  const { doctorQuoteCharacters: limit } = serverLimits;
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}
