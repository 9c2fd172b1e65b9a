/** containerd: one node pushes, another that has nothing yet pulls and unpacks. */
import { containerdNeeds, startContainerd } from '../clients/containerd.ts';
import { usualPeople } from '../harness/accounts.ts';
import { manifestOf } from '../harness/api.ts';
import { Berth, type BerthOptions } from '../harness/berth.ts';
import { makeCertificate } from '../harness/certificate.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import { MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { repositoryFiles } from '../harness/volume.ts';

export const containerd: Suite = {
  name: 'containerd',
  needs: [...containerdNeeds, 'openssl'],
  needsRoot: true,
  cases: [
    {
      name: 'pushes and pulls over TLS, with the CA that hosts.toml names',
      run: async (place) => await pushAndPull(place, { certificate: await makeCertificate(place) }),
    },
    { name: 'pushes and pulls over the plain HTTP that hosts.toml names', run: pushAndPull },
    { name: 'is refused without a password, with another, and without the right', run: refused },
  ],
};

async function pushAndPull(place: Place, options: BerthOptions = {}): Promise<undefined> {
  const { authFile, alice, reader } = usualPeople();
  const berth = await Berth.start(place, { ...options, authFile });
  const image = await makeImage(place, 'app', [2 * MIB, 300_000]);
  const reference = `${berth.host}/alice/app:1`;
  const first = await startContainerd(place, 'first', berth);
  succeeded(await first.push(image, reference, alice));
  const second = await startContainerd(place, 'second', berth);
  succeeded(await second.pull(reference, reader));
  await second.expectUnpacked(reference, image);
  const fetched = berth.requests().filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'));
  expectThat(fetched.length >= image.files.length, `the layers were fetched (${fetched.length} GETs)`);
}

async function refused(place: Place): Promise<undefined> {
  const { authFile, alice, reader } = usualPeople();
  const berth = await Berth.start(place, { authFile });
  const image = await makeImage(place, 'app', [MIB]);
  const reference = `${berth.host}/alice/app:1`;
  const first = await startContainerd(place, 'first', berth);
  expectFailure(await first.push(image, reference, reader), /denied|403|insufficient|authorization failed/i);
  expectThat(repositoryFiles(berth.data, 'alice/app').length === 0, 'nothing of the repository is there');
  succeeded(await first.push(image, reference, alice));
  await manifestOf(berth, alice, 'alice/app', '1');
  const second = await startContainerd(place, 'second', berth);
  const wrong = { name: alice.name, password: `${alice.password}x` };
  expectFailure(await second.pull(reference, wrong), /401|unauthorized|authorization failed/i);
  expectFailure(await second.pull(reference), /401|unauthorized|authorization failed/i);
}
