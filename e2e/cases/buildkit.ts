/**
 * BuildKit with its cache in the registry: a builder exports what it built, and another, which has nothing yet, finds each
 * step there instead of doing it. Both of the forms that a cache is exported in.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crane } from '../clients/crane.ts';
import { manifestOf } from '../harness/api.ts';
import { expectThat } from '../harness/expect.ts';
import type { Finished } from '../harness/finished.ts';
import { type Image, MIB, makeImage } from '../harness/image.ts';
import { succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { sceneCase } from './client-cases.ts';
import { expectPulled, type Scene } from './scene.ts';

const START_LIMIT_MS = 30_000;

const FORMS = {
  index: {
    options: 'image-manifest=false,oci-mediatypes=true',
    mediaType: 'application/vnd.oci.image.index.v1+json',
  },
  manifest: {
    options: 'image-manifest=true,oci-mediatypes=true',
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
  },
} as const;

type Form = (typeof FORMS)[keyof typeof FORMS];

export const buildkit: Suite = {
  name: 'buildkit',
  needs: ['buildkitd', 'buildctl', 'runc', ...crane.needs, 'tar'],
  needsRoot: true,
  cases: [
    sceneCase(
      crane,
      'builds and pushes, and a fresh builder takes each step from the cache, an index',
      (scene) => buildTwice(scene, FORMS.index),
    ),
    sceneCase(crane, 'the same with a cache that is an image', (scene) => buildTwice(scene, FORMS.manifest)),
    sceneCase(crane, 'builds on an image of the registry', buildOnto),
  ],
};

type Build = (image: Image, reference: string, more?: readonly string[]) => Promise<Finished>;

/** Starts a builder that has nothing yet; its name tells several in one place apart. */
async function startBuilder({ place, berth }: Pick<Scene, 'place' | 'berth'>, name: string): Promise<Build> {
  const configuration = join(place.dir(name), 'buildkitd.toml');
  writeFileSync(configuration, `[registry."${berth.host}"]\n  http = true\n`);
  const address = `unix://${join(place.dir(name), 's')}`;
  const worker = ['--oci-worker-snapshotter=native', '--containerd-worker=false', '--oci-worker-net=host'];
  const where = ['--root', place.dir(name, 'root'), '--addr', address, '--config', configuration];
  const traces = ['--otel-socket-path', join(place.dir(name), 'otel')];
  const daemon = place.startProgram('buildkitd', [...where, ...worker, ...traces]);
  await daemon.lineThat((line) => (line.includes('running server on') ? true : undefined), START_LIMIT_MS);
  return (image, reference, more = []) => {
    const context = ['--local', `context=${image.folder}`, '--local', `dockerfile=${image.folder}`];
    const output = ['--output', `type=image,name=${reference},push=true`];
    const build = ['build', '--progress=plain', '--frontend=dockerfile.v0', ...context, ...output, ...more];
    return place.attempt('buildctl', ['--addr', address, ...build]);
  };
}

async function buildTwice(scene: Scene, { options, mediaType }: Form): Promise<string> {
  const { place, berth, client, alice } = scene;
  const image = await makeImage(place, 'app', [2 * MIB, 300_000]);
  succeeded(await client.login(alice));
  const cache = `type=registry,ref=${berth.host}/alice/app:cache`;
  const first = await startBuilder(scene, 'first');
  const built = await first(image, `${berth.host}/alice/app:1`, [
    '--export-cache',
    `${cache},mode=max,${options}`,
  ]);
  expectThat(cachedSteps(succeeded(built)) === 0, 'the first build has no cache to take anything from');
  await expectPulled(place, client, `${berth.host}/alice/app:1`, image);
  const exported = await manifestOf(berth, alice, 'alice/app', 'cache');
  expectThat(
    exported.mediaType === mediaType,
    `the cache has the form that was asked for (${exported.mediaType})`,
  );

  const second = await startBuilder(scene, 'second');
  const again = await second(image, `${berth.host}/alice/app:2`, ['--import-cache', cache]);
  const cached = cachedSteps(succeeded(again));
  expectThat(cached === image.files.length, `each COPY is taken from the cache (${cached} are)`);
  const digests = [];
  for (const tag of ['1', '2']) {
    const { document } = await manifestOf(berth, alice, 'alice/app', tag);
    digests.push(document.layers?.map(({ digest }) => digest).join());
  }
  expectThat(digests[0] === digests[1], 'both images have the same layers');
  await expectPulled(place, client, `${berth.host}/alice/app:2`, image);
  return `${cached} steps from a cache of ${mediaType}`;
}

/** How many steps of a build were there already, in its plain progress. */
function cachedSteps({ stderr }: Finished): number {
  return stderr.split('\n').filter((line) => /^#\d+ CACHED$/.test(line)).length;
}

/** FROM another repository of the registry, by a builder that doesn't have it. */
async function buildOnto(scene: Scene): Promise<undefined> {
  const { place, berth, client, alice } = scene;
  const base = await makeImage(place, 'base', [2 * MIB]);
  const app = await makeImage(place, 'app', [MIB]);
  succeeded(await client.login(alice));
  const build = await startBuilder(scene, 'builder');
  succeeded(await build(base, `${berth.host}/alice/base:1`));
  rebase(app, `${berth.host}/alice/base:1`);
  const fresh = await startBuilder(scene, 'fresh');
  succeeded(await fresh(app, `${berth.host}/alice/app:1`));
  const both = { folder: app.folder, files: [...base.files, ...app.files] };
  await expectPulled(place, client, `${berth.host}/alice/app:1`, both);
}

function rebase({ folder, files }: Image, from: string): void {
  const copies = files.map(({ name }) => `COPY files/${name} /${name}\n`).join('');
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${from}\n${copies}`);
}
