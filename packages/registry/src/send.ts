/** Writes a route's answer. */

import type { ServerResponse } from 'node:http';
import type { Answer, ContentRange } from './answer.ts';
import { readSome } from './drivers/driver.ts';
import type { Limits } from './limits.ts';
import { transfer } from './transfer.ts';

/** Up to this much is read and sent at once. */
const WHOLE_BYTES = 256 * 1024;
/** Up to this much, copying costs less than a second piece. */
const TEXT_BYTES = 8 * 1024;

/** Writes the answer; how many bytes of body. @throws ClientGone when the client doesn't take it */
export async function send(response: ServerResponse, answer: Answer, limits: Limits): Promise<number> {
  const { body } = answer;
  if (body !== undefined && !(body instanceof Uint8Array))
    return await sendContent(response, answer, body, limits);
  writeHead(response, answer.status, answer.headers);
  if (body === undefined || response.req.method === 'HEAD') {
    response.end();
    return 0;
  }
  endWith(response, body);
  return body.byteLength;
}

/** Every answer has it, unless the server that this is a part of has set another. */
export const API_VERSION = { name: 'Docker-Distribution-Api-Version', value: 'registry/2.0' } as const;

/** Where the server has set it, for all answers, that is what goes out. */
const NO_SNIFFING = 'X-Content-Type-Options';

/** Writes the head that every answer of the API has. A flat list is what Node writes fastest. */
export function writeHead(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  const list: string[] = response.hasHeader(API_VERSION.name) ? [] : [API_VERSION.name, API_VERSION.value];
  for (const name in headers) {
    if (name !== NO_SNIFFING || !response.hasHeader(name)) list.push(name, headers[name] ?? '');
  }
  response.writeHead(status, list);
}

/** A small body goes out in one piece with its head if it is text; as bytes the two are gathered by the kernel. */
function endWith(response: ServerResponse, bytes: Uint8Array): void {
  if (bytes.byteLength > TEXT_BYTES) response.end(bytes);
  else
    response.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), 'latin1');
}

async function sendContent(
  response: ServerResponse,
  { status, headers }: Answer,
  range: ContentRange,
  limits: Limits,
): Promise<number> {
  const sizeBytes = range.endByte - range.startByte;
  try {
    // Read before the head is written: what can't be read still gets an answer that says so.
    const whole = sizeBytes <= WHOLE_BYTES ? await readRange(range, sizeBytes) : undefined;
    writeHead(response, status, headers);
    if (whole !== undefined) endWith(response, whole);
    else await transfer(response, range, limits);
  } finally {
    await range.content.close();
  }
  return sizeBytes;
}

async function readRange({ content, startByte }: ContentRange, sizeBytes: number): Promise<Buffer> {
  if (content.whole !== undefined) return content.whole.subarray(startByte, startByte + sizeBytes);
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let filled = 0; filled < sizeBytes; ) {
    filled += await readSome(content, bytes.subarray(filled), startByte + filled);
  }
  return bytes;
}
