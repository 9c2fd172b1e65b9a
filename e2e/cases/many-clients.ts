/** Twenty clients at once, half of them crane and half skopeo: the same image to one name, and one each to its own. */

import { crane } from '../clients/crane.ts';
import { skopeo } from '../clients/skopeo.ts';
import { usualPeople } from '../harness/accounts.ts';
import { manifestOf } from '../harness/api.ts';
import { Berth } from '../harness/berth.ts';
import type { Client } from '../harness/client.ts';
import { expectThat } from '../harness/expect.ts';
import { type Image, MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { blobsIn, unfinishedBytes } from '../harness/volume.ts';
import { expectPulled } from './scene.ts';

const CLIENTS = 20;

export const manyClients: Suite = {
  name: 'many-clients',
  needs: ['crane', 'skopeo', 'tar'],
  cases: [
    { name: 'twenty push the same image to the same tag', run: theSame },
    { name: 'twenty push images that share a layer to repositories of their own', run: different },
  ],
};

interface Crowd {
  readonly berth: Berth;
  readonly clients: readonly { readonly client: Client; readonly place: Place }[];
  readonly alice: ReturnType<typeof usualPeople>['alice'];
}

async function gather(place: Place): Promise<Crowd> {
  const { authFile, alice } = usualPeople();
  const berth = await Berth.start(place, { authFile });
  const clients = Array.from({ length: CLIENTS }, (_, index) => {
    const own = place.below(`client-${index}`);
    return { place: own, client: (index % 2 === 0 ? crane : skopeo).open(own, berth) };
  });
  for (const { client } of clients) succeeded(await client.login(alice));
  return { berth, clients, alice };
}

async function theSame(place: Place): Promise<string> {
  const { berth, clients, alice } = await gather(place);
  const image = await makeImage(place, 'same', [4 * MIB, MIB]);
  const reference = `${berth.host}/alice/same:1`;
  const pushes = await Promise.all(clients.map(({ client }) => client.push(image, reference)));
  for (const push of pushes) succeeded(push);
  for (const { client, place: own } of clients.slice(0, 2)) await expectPulled(own, client, reference, image);
  const blobs = blobsIn(berth.data).length;
  const { document } = await manifestOf(berth, alice, 'alice/same', '1');
  expectThat(document.layers?.length === 2, 'the tag has both layers');
  expectThat(unfinishedBytes(berth.data) < MIB, 'no unfinished upload is left');
  return `${CLIENTS} pushes, ${blobs} blobs`;
}

async function different(place: Place): Promise<string> {
  const { berth, clients } = await gather(place);
  const shared = await makeImage(place, 'shared', [2 * MIB]);
  const work = await Promise.all(
    clients.map(async (one, index) => ({ ...one, image: await withOwnLayer(place, shared, index) })),
  );
  const reference = (index: number) => `${berth.host}/alice/app-${index}:1`;
  const pushes = await Promise.all(
    work.map(({ client, image }, index) => client.push(image, reference(index))),
  );
  for (const push of pushes) succeeded(push);
  await Promise.all(
    work.map(({ client, place: own, image }, index) => expectPulled(own, client, reference(index), image)),
  );
  return `${CLIENTS} repositories, ${blobsIn(berth.data).length} blobs`;
}

/** The shared image with one more layer that only this client has. */
async function withOwnLayer(place: Place, shared: Image, index: number): Promise<Image> {
  const own = await makeImage(place, `own-${index}`, [MIB]);
  await place.run('cp', ['-a', `${shared.folder}/files/.`, `${own.folder}/files`]);
  return { folder: own.folder, files: [...shared.files, ...own.files] };
}
