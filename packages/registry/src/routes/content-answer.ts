/** The answer to a GET of something long that is stored: all of it, a part of it, or that the client has it. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, ContentRange } from '../answer.ts';
import { matchesEtag, parseRange } from './ranges.ts';

/** What every such answer has: its length, and a tag that is the same for the same bytes. */
export interface ContentHeaders extends Readonly<Record<string, string>> {
  readonly 'Content-Length': string;
  readonly ETag: string;
}

/** With the answer, the content is the listener's to close. @throws RegistryError RANGE_INVALID */
export async function contentAnswer(
  asked: IncomingHttpHeaders,
  content: ContentRange['content'],
  headers: ContentHeaders,
): Promise<Answer> {
  try {
    const { sizeBytes } = content;
    if (matchesEtag(asked['if-none-match'], headers.ETag)) {
      await content.close();
      return { status: 304, headers: unchanged(headers) };
    }
    const range = isRangeFor(asked['if-range'], headers.ETag)
      ? parseRange(asked.range, sizeBytes)
      : undefined;
    if (range === undefined)
      return { status: 200, headers, body: { content, startByte: 0, endByte: sizeBytes } };
    return {
      status: 206,
      headers: {
        ...headers,
        'Content-Length': String(range.endByte - range.startByte),
        'Content-Range': `bytes ${range.startByte}-${range.endByte - 1}/${sizeBytes}`,
      },
      body: { content, ...range },
    };
  } catch (error) {
    await content.close();
    throw error;
  }
}

/** The headers of the answer that a cache would renew. RFC 9110, section 15.4.5. */
function unchanged(headers: ContentHeaders): Readonly<Record<string, string>> {
  const renewed = ['ETag', 'Docker-Content-Digest', 'Cache-Control'];
  return Object.fromEntries(
    renewed.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A range is meant for the version that `If-Range` names, if it names one. */
function isRangeFor(ifRange: string | string[] | undefined, etag: string): boolean {
  return ifRange === undefined || String(ifRange).trim() === etag;
}
