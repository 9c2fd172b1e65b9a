// `berth healthcheck`: does a registry answer at /v2/? For containers and scripts.

import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { errorCode, StartError } from '../errors.ts';
import { serverLimits } from '../limits.ts';

const defaultUrls = ['http://localhost:5000/v2/', 'https://localhost:5000/v2/'] as const;

/** A registry that challenges is as alive as an open one. */
const healthyStatuses: ReadonlySet<number> = new Set([200, 401]);

/**
 * @param url of the registry, with or without /v2/; undefined for the defaults of `berth serve`
 * @returns 0 if it is healthy
 * @throws StartError that says why not
 */
export async function healthcheck(url: string | undefined): Promise<number> {
  const urls = url === undefined ? defaultUrls.map((each) => new URL(each)) : [toUrl(url)];
  const problems: string[] = [];
  for (const each of urls) {
    const problem = await problemOf(each);
    if (problem === undefined) return 0;
    problems.push(`${each.href} ${problem}`);
  }
  throw new StartError(`not healthy: ${problems.join('; ')}`);
}

function toUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new StartError(`${text} is not the URL of a registry, as in http://localhost:5000`);
  }
  if (url.pathname === '/' || url.pathname === '/v2') url.pathname = '/v2/';
  return url;
}

async function problemOf(url: URL): Promise<string | undefined> {
  try {
    const status = await statusOf(url);
    return healthyStatuses.has(status) ? undefined : `answered ${status}, not 200 or 401`;
  } catch (error) {
    return failureWords(error);
  }
}

function statusOf(url: URL): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const signal = AbortSignal.timeout(serverLimits.healthcheckTimeoutMs);
  const rejectUnauthorized = !/^(?:localhost|127\..*|\[::1\])$/.test(url.hostname);
  const options = { signal, agent: false, headers: { 'user-agent': 'berth-healthcheck' } } as const;
  const answered = ({ statusCode = 0 }: IncomingMessage) => resolve(statusCode);
  const request =
    url.protocol === 'https:'
      ? httpsGet(url, { ...options, rejectUnauthorized }, answered)
      : httpGet(url, options, answered);
  request.once('error', reject);
  return promise.finally(() => request.destroy());
}

function failureWords(error: unknown): string {
  const code = errorCode(error);
  if (error instanceof Error && error.name === 'AbortError')
    return `gave no answer in ${serverLimits.healthcheckTimeoutMs / 1000} s`;
  if (code === 'ECONNREFUSED') return 'refused the connection: nothing listens there';
  if (code === 'ENOTFOUND') return 'has a host name without an address';
  return `failed: ${code ?? String(error)}`;
}
