/** Ranges and conditions of a GET, and the ranges of an upload's chunks. RFC 9110, sections 13 and 14. */

import { refuse } from '../errors.ts';

export interface ByteRange {
  readonly startByte: number;
  /** Not included. */
  readonly endByte: number;
}

/**
 * What `Range` asks for of `sizeBytes` bytes; undefined for all of it (no range, several, another unit or
 * something that isn't a range: all of which a server may ignore).
 * @throws RegistryError RANGE_INVALID when it lies outside or runs backwards
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const range = first === '' ? suffix(Number(last), sizeBytes) : between(first, last, sizeBytes);
  if (range.startByte < sizeBytes && range.startByte < range.endByte) return range;
  throw refuse('RANGE_INVALID', {
    message: `range ${header} cannot be served: there are ${sizeBytes} bytes`,
    headers: { 'Content-Range': `bytes */${sizeBytes}` },
  });
}

function suffix(lengthBytes: number, sizeBytes: number): ByteRange {
  return { startByte: Math.max(0, sizeBytes - lengthBytes), endByte: lengthBytes === 0 ? 0 : sizeBytes };
}

function between(first: string, last: string, sizeBytes: number): ByteRange {
  return {
    startByte: Number(first),
    endByte: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes),
  };
}

/** True if one of the entity tags of `If-None-Match` is that of `etag`. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((item) => item.trim().replace(/^W\//, '') === etag);
}

/** A chunk's `Content-Range: <first>-<last>`, also with the `bytes ` and `/<total>` that RFC 9110 adds. */
export function parseChunkRange(header: string | undefined): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/i.exec(header.trim());
  const startByte = Number(match?.[1]);
  const endByte = Number(match?.[2]) + 1;
  if (match !== null && endByte > startByte) return { startByte, endByte };
  throw refuse('BLOB_UPLOAD_INVALID', {
    status: 416,
    message: `Content-Range ${JSON.stringify(header)} is not <first byte>-<last byte>`,
  });
}
