/**
 * What every client is seen to do with Berth. The cases are written once, against the client's abilities; a new
 * client gets them all by its file in clients/.
 */
import { manifestOf } from '../harness/api.ts';
import type { ClientKind } from '../harness/client.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import { expectFiles, GIB, MIB, makeImage } from '../harness/image.ts';
import { succeeded } from '../harness/place.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { blobsIn, repositoryFiles, unfinishedBytes } from '../harness/volume.ts';
import { artifactCase, indexCase, tlsCase } from './ability-cases.ts';
import { killCase } from './kill-case.ts';
import { expectPulled, openScene, REFUSED, type Scene, WRONG_PASSWORD } from './scene.ts';

/** All cases that the client has the abilities for. */
export function clientSuite(kind: ClientKind): Suite {
  const { index, attach, tls } = kind.abilities;
  const { name, needs, needsRoot, prepare } = kind;
  return {
    name,
    needs,
    ...(needsRoot !== undefined && { needsRoot }),
    ...(prepare !== undefined && { prepare }),
    cases: [
      ...COMMON.map(([title, run, limitMs]) => sceneCase(kind, title, run, limitMs)),
      ...(index ? [sceneCase(kind, 'pushes an index for two architectures and pulls each', indexCase)] : []),
      ...(attach
        ? [sceneCase(kind, 'attaches an artifact that is found from its subject', artifactCase)]
        : []),
      ...(tls ? [tlsCase(kind)] : []),
    ],
  };
}

/** A case in front of a fresh Berth with the usual people. */
export function sceneCase(
  kind: ClientKind,
  name: string,
  run: (scene: Scene) => Promise<string | undefined>,
  limitMs?: number,
): Case {
  return {
    name,
    ...(limitMs !== undefined && { limitMs }),
    run: async (place) => await run(await openScene(kind, place)),
  };
}

const COMMON: readonly (readonly [string, (scene: Scene) => Promise<string | undefined>, number?])[] = [
  ['logs in with the right password and with no other', loginCase],
  ['pushes an image and pulls it by tag and by digest', pushPullCase],
  ['mounts what it pushes a second time under another name', mountCase],
  ['is refused a push without the right, and nothing of it stays', refusedCase],
  ['pulls without an account where the rules allow it, and nowhere else', anonymousCase],
  ['pushes again after Berth was killed in the middle of a push', killCase, 600_000],
  ['pushes and pulls a layer of 1 GiB', gibibyteCase, 900_000],
];

async function loginCase({ client, alice }: Scene): Promise<undefined> {
  succeeded(await client.login(alice));
  expectFailure(await client.login({ name: alice.name, password: `${alice.password}x` }), WRONG_PASSWORD);
  expectFailure(await client.login({ name: 'nobody', password: alice.password }), WRONG_PASSWORD);
}

async function pushPullCase({ place, berth, client, alice }: Scene): Promise<undefined> {
  const image = await makeImage(place, 'app', [2 * MIB, 300_000]);
  succeeded(await client.login(alice));
  succeeded(await client.push(image, `${berth.host}/alice/app:1`));
  const { digest } = await manifestOf(berth, alice, 'alice/app', '1');
  await expectPulled(place, client, `${berth.host}/alice/app:1`, image);
  await expectPulled(place, client, `${berth.host}/alice/app@${digest}`, image);
  const downloads = berth
    .requests()
    .filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'));
  expectThat(downloads.length >= 2, `blobs were fetched for both pulls (${downloads.length} GETs)`);
}

async function mountCase({ place, berth, client, alice }: Scene): Promise<string> {
  const image = await makeImage(place, 'app', [3 * MIB]);
  const [first, second] = [`${berth.host}/alice/first:1`, `${berth.host}/alice/second:1`];
  succeeded(await client.login(alice));
  succeeded(await client.push(image, first));
  succeeded(await client.pushAgain(first, second));
  const answered = await berth.requestsUntil(
    ({ method, path, status }) =>
      method === 'PUT' && path.startsWith('/v2/alice/second/manifests/') && status === 201,
  );
  const requests = answered.filter(({ path }) => path.startsWith('/v2/alice/second/'));
  const mounts = requests.filter(
    ({ method, path, status, receivedBytes }) =>
      method === 'POST' && path.includes('/blobs/uploads') && status === 201 && receivedBytes === 0,
  );
  const sentBytes = requests.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  expectThat(mounts.length > 0, 'an upload was answered with 201 and no bytes');
  expectThat(sentBytes < MIB, `the layer was not sent again (${sentBytes} bytes were)`);
  await expectPulled(place, client, second, image);
  return `${mounts.length} mounted, ${sentBytes} bytes sent`;
}

async function refusedCase({ place, berth, client, reader }: Scene): Promise<undefined> {
  const image = await makeImage(place, 'app', [5 * MIB]);
  succeeded(await client.login(reader));
  expectFailure(await client.push(image, `${berth.host}/alice/app:1`), REFUSED);
  expectThat(blobsIn(berth.data).length === 0, 'no blob is in the volume');
  expectThat(
    repositoryFiles(berth.data, 'alice/app').length === 0,
    'nothing of the repository is in the volume',
  );
  expectThat(unfinishedBytes(berth.data) < MIB, 'no bytes of the layer are left anywhere else');
}

async function anonymousCase(scene: Scene): Promise<undefined> {
  const { place, berth, client, admin } = scene;
  const image = await makeImage(place, 'app', [MIB]);
  succeeded(await client.login(admin));
  succeeded(await client.push(image, `${berth.host}/public/app:1`));
  succeeded(await client.pushAgain(`${berth.host}/public/app:1`, `${berth.host}/alice/app:1`));
  succeeded(await client.logout());
  await expectPulled(place, client, `${berth.host}/public/app:1`, image);
  const folder = place.dir('pulls', 'refused');
  expectFailure(await client.pull(`${berth.host}/alice/app:1`, folder), REFUSED);
  const pushed = await client.push(image, `${berth.host}/public/app:2`);
  expectFailure(pushed, REFUSED);
}

async function gibibyteCase({ place, berth, client, alice }: Scene): Promise<string> {
  const image = await makeImage(place, 'large', [GIB]);
  succeeded(await client.login(alice));
  const pushed = succeeded(await client.push(image, `${berth.host}/alice/large:1`));
  const folder = place.dir('pulls', 'large');
  const pulled = succeeded(await client.pull(`${berth.host}/alice/large:1`, folder));
  await expectFiles(folder, image);
  expectThat(unfinishedBytes(berth.data) < MIB, 'no unfinished upload is left');
  return `push ${seconds(pushed.durationMs)}, pull ${seconds(pulled.durationMs)}`;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
