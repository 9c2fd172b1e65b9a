/** What a route gives back: a value. The listener writes it. */

import type { Content } from './drivers/driver.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The listener closes a stream's content. */
  readonly body?: Uint8Array | ContentRange;
}

/** A part of something stored: from `startByte` up to, not including, `endByte`. */
export interface ContentRange {
  readonly content: Content;
  readonly startByte: number;
  readonly endByte: number;
}

/** A JSON answer. */
export function jsonAnswer(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', 'Content-Length': String(body.byteLength), ...headers },
    body,
  };
}

/** The headers with `base` in front of the paths that they send a client to. */
export function located(base: string, headers: Answer['headers']): Answer['headers'] {
  const { Location: location, Link: link } = headers;
  if (base === '' || (location === undefined && link === undefined)) return headers;
  return {
    ...headers,
    ...(location !== undefined && { Location: `${base}${location}` }),
    ...(link !== undefined && { Link: link.replace('<', `<${base}`) }),
  };
}
