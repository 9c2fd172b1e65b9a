/** What regctl is for beside pushing and pulling: lists, deletions, and copies with all that refers to an image. */
import { regctl } from '../clients/regctl.ts';
import { get, manifestOf, referrersOf, tagsOf } from '../harness/api.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import { type Image, MIB, makeImage } from '../harness/image.ts';
import { succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { sceneCase } from './client-cases.ts';
import { expectPulled, type Scene } from './scene.ts';

const ARTIFACT_TYPE = 'application/vnd.example.note.v1';

export const regctlAdministers: Suite = {
  name: 'regctl-administers',
  needs: regctl.needs,
  cases: [
    sceneCase(regctl, 'lists tags and repositories, and deletes a tag and an image', listAndDelete),
    sceneCase(regctl, 'copies an image with what refers to it, and lists that', copyWithReferrers),
  ],
};

async function listAndDelete(scene: Scene): Promise<undefined> {
  const { place, berth, client, admin } = scene;
  const repository = `${berth.host}/alice/app`;
  const image = await pushApp(scene);
  for (const tag of ['2', 'latest'])
    succeeded(await client.pushAgain(`${repository}:1`, `${repository}:${tag}`));
  const tags = await place.run('regctl', ['tag', 'ls', repository]);
  expectThat(tags.stdout.trim().split('\n').join() === '1,2,latest', `it lists the tags (${tags.stdout})`);
  const repositories = await place.run('regctl', ['repo', 'ls', berth.host]);
  expectThat(repositories.stdout.trim() === 'alice/app', `it lists the repository (${repositories.stdout})`);

  await place.run('regctl', ['tag', 'delete', `${repository}:2`]);
  expectThat((await tagsOf(berth, admin, 'alice/app')).join() === '1,latest', 'only the tag is gone');
  await expectPulled(place, client, `${repository}:1`, image);

  const { digest } = await manifestOf(berth, admin, 'alice/app', '1');
  await place.run('regctl', ['manifest', 'delete', `${repository}@${digest}`]);
  expectThat((await get(berth, admin, `alice/app/manifests/${digest}`)).status === 404, 'the image is gone');
  expectThat((await tagsOf(berth, admin, 'alice/app')).length === 0, 'and its tags with it');
  expectFailure(await client.pull(`${repository}:1`, place.dir('refused')), /not found|unknown/i);
}

async function copyWithReferrers(scene: Scene): Promise<undefined> {
  const { place, berth, client, admin } = scene;
  const [from, to] = [`${berth.host}/alice/app`, `${berth.host}/alice/copy`];
  const image = await pushApp(scene);
  const { digest, size } = await manifestOf(berth, admin, 'alice/app', '1');
  const attached = await client.attach?.({ repository: from, digest, size }, ARTIFACT_TYPE);
  if (attached === undefined) throw new Error('the client declares no artifacts');
  succeeded(attached);
  await place.run('regctl', ['image', 'copy', '--referrers', `${from}:1`, `${to}:1`]);
  const referrers = await referrersOf(berth, admin, 'alice/copy', digest);
  expectThat(
    referrers.map(({ artifactType }) => artifactType).join() === ARTIFACT_TYPE,
    `the artifact refers to the copy (${JSON.stringify(referrers)})`,
  );
  const note = await place.run('regctl', ['artifact', 'get', '--subject', `${to}:1`]);
  expectThat(note.stdout === '{"note":"attached"}', `the artifact comes from the copy (${note.stdout})`);
  await expectPulled(place, client, `${to}:1`, image);
}

/** An image at alice/app:1, pushed by somebody who may also delete it and list the catalog. */
async function pushApp({ place, berth, client, admin }: Scene): Promise<Image> {
  const image = await makeImage(place, 'app', [MIB]);
  succeeded(await client.login(admin));
  succeeded(await client.push(image, `${berth.host}/alice/app:1`));
  return image;
}
