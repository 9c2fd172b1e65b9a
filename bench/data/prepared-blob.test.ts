import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PreparedBlob } from './prepared-blob.ts';

const SIZE_BYTES = 96 * 1024;

let folder: string;
let blob: PreparedBlob;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'prepared-blob-'));
  blob = new PreparedBlob(join(folder, 'blob'), SIZE_BYTES);
});

afterAll(() => rmSync(folder, { recursive: true }));

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** What a server makes of a chunked body (RFC 9112, section 7.1). */
function unchunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < body.length; ) {
    const end = body.indexOf('\r\n', offset);
    const size = Number.parseInt(body.toString('latin1', offset, end), 16);
    pieces.push(body.subarray(end + 2, end + 2 + size));
    offset = end + 2 + size + 2;
  }
  return Buffer.concat(pieces);
}

test('the file is a body whose content has the digest', () => {
  const content = unchunked(readFileSync(blob.file));
  expect(content.length).toBe(SIZE_BYTES);
  expect(digestOf(content)).toBe(blob.digest);
});

test('the content without framing is the same', () => {
  expect(digestOf(Buffer.concat([...blob.content()]))).toBe(blob.digest);
});

test('renewed it is another blob, which has its digest, too', () => {
  const before = blob.digest;
  blob.renew();
  expect(blob.digest).not.toBe(before);
  expect(digestOf(unchunked(readFileSync(blob.file)))).toBe(blob.digest);
});

test('another tail after the same beginning is a blob of the same size', () => {
  const { digest, end } = blob.drawTail();
  const head = readFileSync(blob.file).subarray(0, blob.headBytes);
  const content = unchunked(Buffer.concat([head, Buffer.from(end, 'base64')]));
  expect(content.length).toBe(SIZE_BYTES);
  expect(digestOf(content)).toBe(digest);
  expect(digest).not.toBe(blob.digest);
});
