import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { connect } from 'node:tls';
import { alpnProtocols } from './client-hello.ts';

/** The first bytes that Node's own client sends. */
async function hello(ALPNProtocols: string[] | undefined): Promise<Buffer> {
  const [ours, theirs] = duplexPair();
  const client = connect({
    socket: ours,
    servername: 'registry.test.example',
    ...(ALPNProtocols && { ALPNProtocols }),
  });
  client.on('error', () => undefined);
  const [bytes]: unknown[] = await once(theirs, 'data');
  client.destroy();
  if (!Buffer.isBuffer(bytes)) throw new Error('no bytes');
  return bytes;
}

test('the protocols of a hello are read in their order', async () => {
  expect(alpnProtocols(await hello(['acme-tls/1']))).toEqual(['acme-tls/1']);
  expect(alpnProtocols(await hello(['h2', 'http/1.1']))).toEqual(['h2', 'http/1.1']);
});

test('a hello without ALPN asks for nothing', async () => {
  expect(alpnProtocols(await hello(undefined))).toEqual([]);
});

test('a part of a hello is incomplete, whatever its length', async () => {
  const bytes = await hello(['acme-tls/1']);
  for (let length = 0; length < bytes.byteLength; length += 1) {
    expect(alpnProtocols(bytes.subarray(0, length))).toBe('incomplete');
  }
});

test('bytes that lie of their lengths ask for nothing, and end', async () => {
  const bytes = await hello(['acme-tls/1']);
  for (let at = 5; at < bytes.byteLength; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = 0xff;
    expect(Array.isArray(alpnProtocols(changed))).toBe(true);
  }
  expect(alpnProtocols(Buffer.from([22, 3, 1, 0, 0]))).toEqual([]);
});
