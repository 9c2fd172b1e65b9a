/**
 * Tokens between Berth and the programs that people have: Berth's token server in front of distribution 2.8 and 3, and
 * Berth's registry with tokens as docker_auth writes them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crane } from '../clients/crane.ts';
import { newAccount, usualPeople } from '../harness/accounts.ts';
import { type KeyKind, type KeyPair, makeTokenKeys } from '../harness/certificate.ts';
import { startDockerAuthLike, type TokenShape } from '../harness/docker-auth-like.ts';
import { expectFailure } from '../harness/expect.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { type Make, startRegistry } from '../harness/registries.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { startTokenServer } from '../harness/token-server.ts';
import { expectOwnNamespace, REFUSED } from './scene.ts';

const KINDS: readonly KeyKind[] = ['ES256', 'RS256'];
const SERVICE = 'Docker registry';

export const tokens: Suite = {
  name: 'tokens',
  needs: ['registry-3', 'registry-2', 'crane', 'openssl', 'tar'],
  cases: KINDS.flatMap((kind): Case[] => [
    {
      name: `distribution 2.8.2 of Debian takes Berth's by rootcertbundle (${kind})`,
      run: async (place) => await beforePeer(place, 'registry-2', kind, 'rootcertbundle'),
    },
    {
      name: `distribution 3.1.2 takes Berth's by rootcertbundle (${kind})`,
      run: async (place) => await beforePeer(place, 'registry-3', kind, 'rootcertbundle'),
    },
    {
      name: `distribution 3.1.2 takes Berth's by jwks (${kind})`,
      run: async (place) => await beforePeer(place, 'registry-3', kind, 'jwks'),
    },
    ...(['kid', 'x5c'] as const).map(
      (shape): Case => ({
        name: `Berth's registry takes docker_auth's by rootcertbundle (${kind}, ${shape})`,
        run: async (place) => await fromDockerAuth(place, kind, shape),
      }),
    ),
  ]),
};

/** @param by how the registry knows the key */
async function beforePeer(
  place: Place,
  make: Make,
  kind: KeyKind,
  by: 'rootcertbundle' | 'jwks',
): Promise<undefined> {
  const { authFile, alice } = usualPeople();
  const pair = await makeTokenKeys(place, kind);
  const { url } = await startTokenServer(place, {
    ...authFile,
    token: {
      ...authFile.token,
      certificate: pair.certificateFile,
      key: pair.keyFile,
      // distribution 3 looks at nothing but certificates where a token brings some along.
      ...(by === 'jwks' && { disable_legacy_key_id: true }),
    },
  });
  const key =
    by === 'jwks' ? { jwks: await jwksFileOf(place, url) } : { rootcertbundle: pair.certificateFile };
  const registry = await startRegistry(place, make, {
    token: { realm: named(url), service: SERVICE, issuer: authFile.token.issuer, ...key },
  });
  await expectOwnNamespace(place, crane, registry, alice);
}

/** The public keys as Berth's token server tells them. */
async function jwksFileOf(place: Place, url: string): Promise<string> {
  const file = join(place.dir('configuration'), 'jwks.json');
  const answer = await fetch(`${url}/jwks.json`, { signal: AbortSignal.timeout(10_000) });
  writeFileSync(file, await answer.text());
  return file;
}

async function fromDockerAuth(place: Place, kind: KeyKind, shape: TokenShape): Promise<undefined> {
  const alice = newAccount('alice');
  const issuer = 'MyRepository auth server';
  const pair = await makeTokenKeys(place, kind);
  const start = async (keys: KeyPair) =>
    await startDockerAuthLike(place, { issuer, kind, shape, keys, account: alice });
  const registryAt = async (realm: string) =>
    await startRegistry(place, 'berth', {
      token: { realm: named(realm), service: SERVICE, issuer, rootcertbundle: pair.certificateFile },
    });
  await expectOwnNamespace(place, crane, await registryAt(await start(pair)), alice);
  const other = place.below('other');
  const stranger = await registryAt(await start(await makeTokenKeys(other, kind)));
  const client = crane.open(other, stranger);
  succeeded(await client.login(alice));
  expectFailure(await client.pull(`${stranger.host}/alice/app:1`, place.dir('pulls', 'stranger')), REFUSED);
}

/** crane refuses a realm at another private address than the registry's, and takes a name for one. */
function named(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}
