/** The volume is distribution's: each program's images are served by the other from the same folder. */
import { crane } from '../clients/crane.ts';
import { type Account, usualPeople } from '../harness/accounts.ts';
import { manifestOf } from '../harness/api.ts';
import { Berth, type RegistryAddress } from '../harness/berth.ts';
import { expectThat } from '../harness/expect.ts';
import { expectFiles, type Image, MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { type Make, startRegistry } from '../harness/registries.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { expectPulled } from './scene.ts';

interface Peer {
  readonly program: Make;
  readonly name: string;
}

const PEERS: readonly Peer[] = [
  { program: 'registry-3', name: 'distribution 3.1.2' },
  { program: 'registry-2', name: 'distribution 2.8.2 of Debian' },
];

export const volume: Suite = {
  name: 'volume',
  needs: ['registry-3', 'registry-2', 'crane', 'tar'],
  cases: PEERS.flatMap((peer): Case[] => [
    {
      name: `what ${peer.name} was given is pulled from Berth`,
      run: async (place) => await fromPeer(place, peer),
    },
    {
      name: `what Berth was given is pulled from ${peer.name}`,
      run: async (place) => await toPeer(place, peer),
    },
  ]),
};

interface Content {
  readonly image: Image;
  readonly platforms: Readonly<Record<string, Image>>;
}

async function fromPeer(place: Place, peer: Peer): Promise<undefined> {
  const content = await makeContent(place);
  const { authFile, admin } = usualPeople();
  const registry = await startRegistry(place, peer.program);
  const digests = await pushAll(place, registry, content);
  await registry.daemon.stop();
  const berth = await Berth.start(place, { authFile });
  await pullAll(place, berth, content, digests, admin);
}

async function toPeer(place: Place, peer: Peer): Promise<undefined> {
  const content = await makeContent(place);
  const { authFile, admin } = usualPeople();
  const berth = await Berth.start(place, { authFile });
  const digests = await pushAll(place, berth, content, admin);
  await berth.daemon.stop();
  await pullAll(place, await startRegistry(place, peer.program), content, digests);
}

async function makeContent(place: Place): Promise<Content> {
  return {
    image: await makeImage(place, 'app', [2 * MIB, 100]),
    platforms: {
      amd64: await makeImage(place, 'amd64', [MIB]),
      arm64: await makeImage(place, 'arm64', [MIB]),
    },
  };
}

interface Digests {
  readonly image: string;
  readonly index: string;
}

async function pushAll(
  place: Place,
  registry: RegistryAddress,
  content: Content,
  account?: Account,
): Promise<Digests> {
  const client = crane.open(place, registry);
  if (account !== undefined) succeeded(await client.login(account));
  succeeded(await client.push(content.image, `${registry.host}/alice/app:1`));
  succeeded(await client.pushAgain(`${registry.host}/alice/app:1`, `${registry.host}/alice/deep/er:1`));
  const index = await client.pushIndex?.(content.platforms, `${registry.host}/alice/multi:1`);
  if (index !== undefined) succeeded(index);
  return {
    image: (await manifestOf(registry, account, 'alice/app', '1')).digest,
    index: (await manifestOf(registry, account, 'alice/multi', '1')).digest,
  };
}

async function pullAll(
  place: Place,
  registry: RegistryAddress,
  content: Content,
  digests: Digests,
  account?: Account,
): Promise<void> {
  const client = crane.open(place, registry);
  if (account !== undefined) succeeded(await client.login(account));
  for (const reference of ['alice/app:1', `alice/app@${digests.image}`, 'alice/deep/er:1']) {
    await expectPulled(place, client, `${registry.host}/${reference}`, content.image);
  }
  for (const [architecture, image] of Object.entries(content.platforms)) {
    const folder = place.dir('pulls', architecture);
    const pulled = await client.pullFor?.(
      architecture,
      `${registry.host}/alice/multi@${digests.index}`,
      folder,
    );
    if (pulled !== undefined) succeeded(pulled);
    await expectFiles(folder, image);
  }
  expectThat(
    (await manifestOf(registry, account, 'alice/multi', '1')).digest === digests.index,
    'the tag names the index',
  );
}
