import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { GatheredBody } from './gathered-body.ts';

const CHUNK_BYTES = 64 * 1024;

function requestAndBody(): { request: IncomingMessage; body: GatheredBody } {
  const request = new IncomingMessage(new Socket());
  return { request, body: new GatheredBody(request) };
}

/** Lets everything go on that waits for nothing but its turn. */
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('what comes while nobody asks is given away together', async () => {
  const { request, body } = requestAndBody();
  for (const text of ['a', 'b', 'c']) request.push(text);
  await settled();
  expect(Buffer.concat((await body.next()) ?? []).toString()).toBe('abc');
  request.push('d');
  request.push(null);
  expect(Buffer.concat((await body.next()) ?? []).toString()).toBe('d');
  expect(await body.next()).toBeUndefined();
});

test('more than a batch is not gathered until somebody takes it', async () => {
  const { request, body } = requestAndBody();
  for (let count = 0; count < 4; count += 1) request.push(Buffer.alloc(CHUNK_BYTES));
  await settled();
  expect(request.isPaused()).toBe(true);
  request.push(Buffer.from('later'));
  expect(Buffer.concat((await body.next()) ?? [])).toHaveLength(4 * CHUNK_BYTES);
  expect(request.isPaused()).toBe(false);
  expect(Buffer.concat((await body.next()) ?? []).toString()).toBe('later');
});

test('a request that ends early is told as that, after what had come', async () => {
  const { request, body } = requestAndBody();
  request.push('a');
  await settled();
  request.destroy(new Error('cut'));
  await settled();
  expect(Buffer.concat((await body.next()) ?? []).toString()).toBe('a');
  await expect(body.next()).rejects.toThrow('cut');
});

test('a request that was gone before anybody read it is told as that', async () => {
  const request = new IncomingMessage(new Socket());
  request.destroy();
  await settled();
  await expect(new GatheredBody(request).next()).rejects.toThrow('closed');
});

test('memory that is all a chunk has is given back; memory that it shares is not', async () => {
  const { request, body } = requestAndBody();
  const own = Buffer.from(new ArrayBuffer(CHUNK_BYTES));
  const shared = Buffer.alloc(CHUNK_BYTES, 'x');
  request.push(own);
  request.push(shared.subarray(1));
  await settled();
  (await body.next())?.free?.();
  expect(own.byteLength).toBe(0);
  expect(shared.toString('latin1', 0, 3)).toBe('xxx');
});

test('what comes after it was released is thrown away, and another listener hears the rest', async () => {
  const { request, body } = requestAndBody();
  for (let count = 0; count < 4; count += 1) request.push(Buffer.alloc(CHUNK_BYTES));
  await settled();
  body.release();
  request.push('thrown away');
  await settled();
  const heard: string[] = [];
  request.on('data', (chunk) => heard.push(String(chunk)));
  request.push('heard');
  await settled();
  expect(heard).toEqual(['heard']);
});
