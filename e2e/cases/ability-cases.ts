/** Cases for what only some clients have a notion of: indexes, artifacts with a subject, certificates of one's own. */
import { manifestOf, referrersOf, tagsOf } from '../harness/api.ts';
import { makeCertificate } from '../harness/certificate.ts';
import type { ClientKind } from '../harness/client.ts';
import { expectThat } from '../harness/expect.ts';
import { expectFiles, MIB, makeImage } from '../harness/image.ts';
import { succeeded } from '../harness/place.ts';
import type { Case } from '../harness/suite.ts';
import { expectPulled, openScene, type Scene } from './scene.ts';

const ARTIFACT_TYPE = 'application/vnd.example.note.v1';

export async function indexCase({ place, berth, client, alice }: Scene): Promise<string> {
  if (client.pushIndex === undefined || client.pullFor === undefined)
    throw new Error('the client declares no indexes');
  const images = {
    amd64: await makeImage(place, 'amd64', [MIB]),
    arm64: await makeImage(place, 'arm64', [MIB]),
  };
  const reference = `${berth.host}/alice/multi:1`;
  succeeded(await client.login(alice));
  succeeded(await client.pushIndex(images, reference));
  const { mediaType, document } = await manifestOf(berth, alice, 'alice/multi', '1');
  const architectures = (document.manifests ?? []).map(({ platform }) => platform?.architecture).toSorted();
  expectThat(architectures.join() === 'amd64,arm64', `the index holds both (${architectures})`);
  for (const [architecture, image] of Object.entries(images)) {
    const folder = place.dir('pulls', architecture);
    succeeded(await client.pullFor(architecture, reference, folder));
    await expectFiles(folder, image);
  }
  return mediaType;
}

export async function artifactCase({ place, berth, client, alice }: Scene): Promise<undefined> {
  if (client.attach === undefined) throw new Error('the client declares no artifacts');
  const image = await makeImage(place, 'app', [MIB]);
  succeeded(await client.login(alice));
  succeeded(await client.push(image, `${berth.host}/alice/app:1`));
  const { digest, size } = await manifestOf(berth, alice, 'alice/app', '1');
  const subject = { repository: `${berth.host}/alice/app`, digest, size };
  succeeded(await client.attach(subject, ARTIFACT_TYPE));
  const types = (await referrersOf(berth, alice, 'alice/app', digest)).map(
    ({ artifactType }) => artifactType,
  );
  expectThat(types.join() === ARTIFACT_TYPE, `the subject has the artifact as its only referrer (${types})`);
  const fallback = (await tagsOf(berth, alice, 'alice/app')).filter((tag) => tag.startsWith('sha256-'));
  expectThat(fallback.length === 0, 'the client saw the referrers API and wrote no fallback tag');
  const found = await client.discover?.(subject);
  if (found !== undefined) expectThat(succeeded(found).stdout.includes(ARTIFACT_TYPE), 'the client finds it');
}

/** Over TLS with a certificate that the client is told to trust. */
export function tlsCase(kind: ClientKind): Case {
  return {
    name: 'pushes and pulls over TLS',
    async run(place) {
      const certificate = await makeCertificate(place);
      const { berth, client, alice } = await openScene(kind, place, { certificate });
      const image = await makeImage(place, 'app', [MIB]);
      succeeded(await client.login(alice));
      succeeded(await client.push(image, `${berth.host}/alice/app:1`));
      await expectPulled(place, client, `${berth.host}/alice/app:1`, image);
      return undefined;
    },
  };
}
