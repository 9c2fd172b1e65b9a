import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { writeKeyPair } from '../../test/certificates.ts';
import type { KeyPair } from '../http/tls.ts';
import { AlpnChallenges } from './alpn-challenge.ts';

let pair: KeyPair = { cert: '', key: '' };
const servers: Server[] = [];
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-alpn-'));
  const { certificate, key } = await writeKeyPair(directory);
  pair = { cert: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
  await rm(directory, { recursive: true });
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A port where every connection is a challenge's. */
async function portOf(challenges: AlpnChallenges): Promise<number> {
  const server = createServer((socket: Socket) => challenges.take(socket)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The protocol that was agreed on, or why there was no handshake. */
async function handshake(port: number, servername: string, protocol = 'acme-tls/1'): Promise<string> {
  const client = connect({
    host: '127.0.0.1',
    port,
    servername,
    ALPNProtocols: [protocol],
    rejectUnauthorized: false,
  });
  try {
    await once(client, 'secureConnect');
    return String(client.alpnProtocol);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  } finally {
    client.destroy();
  }
}

test('the host of a challenge gets its certificate, in any case; another host gets none', async () => {
  const challenges = new AlpnChallenges();
  challenges.set('registry.test.example', pair);
  const port = await portOf(challenges);
  expect(await handshake(port, 'registry.test.example')).toBe('acme-tls/1');
  expect(await handshake(port, 'Registry.Test.Example')).toBe('acme-tls/1');
  expect(await handshake(port, 'other.test.example')).not.toBe('acme-tls/1');
});

test('nor does the host once nobody asks any more', async () => {
  const challenges = new AlpnChallenges();
  challenges.set('registry.test.example', pair);
  const port = await portOf(challenges);
  challenges.set('registry.test.example', undefined);
  expect(await handshake(port, 'registry.test.example')).not.toBe('acme-tls/1');
});

test('a connection is looked at only while there is a challenge', () => {
  const challenges = new AlpnChallenges();
  expect(challenges.claim(Buffer.from([22]))).toBe('not-mine');
  challenges.set('registry.test.example', pair);
  expect(challenges.claim(Buffer.from([22]))).toBe('more-bytes');
});
