// What the checks share: where the registry is, whom it is trusted by, and one way to ask it something.

import { type Answer, type Ask, ask } from './ask.ts';

export interface Context {
  /** The registry's root: scheme, host, port and prefix. */
  readonly base: URL;
  /** PEM texts of the certificates that are trusted. */
  readonly ca: readonly string[];
  readonly credentials: Credentials | undefined;
  readonly repository: string;
  readonly pushSizeBytes: number;
}

export interface Credentials {
  readonly account: string;
  readonly password: string;
}

/** How a request says who is asking; undefined for anonymous ones. */
export type Authorization = string | undefined;

/** @param path from the registry's root, or a URL of its own, as the registry's Location has it */
export function askRegistry(
  { base, ca }: Context,
  path: string | URL,
  authorization: Authorization,
  options: Omit<Ask, 'ca'> = {},
): Promise<Answer> {
  const url = new URL(path, base);
  // As clients do: what is elsewhere, at a storage service, has its rights in its own URL.
  const mayKnow = url.origin === base.origin && authorization !== undefined;
  const headers = { ...options.headers, ...(mayKnow && { authorization }) };
  return ask(url, { ...options, headers, ca });
}

export function basicAuthorization({ account, password }: Credentials): string {
  return `Basic ${Buffer.from(`${account}:${password}`).toString('base64')}`;
}
