/** What `docker save` writes and `docker load` reads, with each engine, against /upload and /download. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINES, startEngine } from '../clients/engine.ts';
import { usualPeople } from '../harness/accounts.ts';
import { Berth } from '../harness/berth.ts';
import type { ClientKind } from '../harness/client.ts';
import { expectThat } from '../harness/expect.ts';
import { expectFiles, type Image, indexLayoutOf, MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { commandsOf, type Follower, follow } from './archive-docs.ts';

/** For a kind of docker client, whose engine is started anew. */
export function archivesOfDocker({ name, needs }: Pick<ClientKind, 'name' | 'needs'>): Suite {
  const engine = name.endsWith('classic') ? ENGINES.classic : ENGINES.today;
  let dockerHost = '';
  const withEngine = (run: (scene: EngineScene) => Promise<undefined>) => async (place: Place) =>
    await run(await openScene(place, { DOCKER_HOST: dockerHost, DOCKER_BUILDKIT: engine.buildkit }));
  return {
    name: `archives-${name}`,
    needs: [...needs, 'curl', 'sh', 'tar'],
    needsRoot: true,
    async prepare(place) {
      dockerHost = await startEngine(place, engine);
    },
    cases: [
      {
        name: 'saves the one platform of two that it pulled, and loads the other',
        run: withEngine(onePlatform),
      },
      { name: 'takes what docker save writes, from a file and from a pipe', run: withEngine(saveAndPull) },
      { name: 'gives an archive that docker load takes', run: withEngine(downloadAndLoad) },
    ],
  };
}

interface EngineScene extends Follower {
  readonly docker: (args: readonly string[], input?: string) => Promise<string>;
  readonly image: Image;
  /** As the registry is called in docker's commands. */
  readonly host: string;
}

async function openScene(place: Place, env: Readonly<Record<string, string>>): Promise<EngineScene> {
  const { authFile, alice } = usualPeople();
  const berth = await Berth.start(place, { authFile });
  const image = await makeImage(place, 'app', [2 * MIB, 300_000]);
  const docker = async (args: readonly string[], input?: string) =>
    succeeded(
      await place.attempt('docker', args, { env, limitMs: 300_000, ...(input !== undefined && { input }) }),
    ).stdout;
  const host = berth.host.replace('127.0.0.1', 'localhost');
  await docker(['login', '-u', alice.name, '--password-stdin', host], alice.password);
  await docker(['build', '-t', 'app:1', image.folder]);
  return { place, berth, account: alice, cwd: place.dir('work'), env, docker, image, host };
}

async function saveAndPull(scene: EngineScene): Promise<undefined> {
  const { docker, host } = scene;
  const [save = '', upload = '', pull = '', pipe = ''] = commandsOf('An image from Docker');
  for (const command of [save, upload, pipe]) await follow(scene, command);
  await docker(['image', 'rm', '--force', 'app:1']);
  await follow(scene, pull);
  await expectImage(scene, `${host}/alice/app:1`);
  await docker(['image', 'rm', '--force', `${host}/alice/app:1`]);
  await docker(['pull', `${host}/alice/app:2`]);
  await expectImage(scene, `${host}/alice/app:2`);
  await docker(['image', 'rm', '--force', `${host}/alice/app:2`]);
  return undefined;
}

async function downloadAndLoad(scene: EngineScene): Promise<undefined> {
  const { docker, host } = scene;
  await docker(['tag', 'app:1', `${host}/alice/app:1`]);
  await docker(['push', `${host}/alice/app:1`]);
  await docker(['image', 'rm', '--force', 'app:1', `${host}/alice/app:1`]);
  const [download = '', load = ''] = commandsOf('Back again');
  await follow(scene, download);
  const said = await follow(scene, load);
  expectThat(said.includes(`${host}/alice/app:1`), `it is loaded under its name (${said.trim()})`);
  await expectImage(scene, `${host}/alice/app:1`);
  await docker(['image', 'rm', '--force', `${host}/alice/app:1`]);
  return undefined;
}

/** What an engine saves of an image for two platforms is what it has of it. */
async function onePlatform(scene: EngineScene): Promise<undefined> {
  const { place, docker, host, cwd } = scene;
  const arm64 = await makeImage(place, 'arm64', [MIB]);
  const layout = await indexLayoutOf(place, { amd64: scene.image, arm64 });
  await place.run('tar', ['-cf', join(cwd, 'image.tar'), '-C', layout, '.']);
  const upload = commandsOf('An image from Docker')[1] ?? '';
  await follow(scene, upload);
  await docker(['pull', `${host}/alice/app:1`]);
  await docker(['save', '-o', join(cwd, 'image.tar'), `${host}/alice/app:1`]);
  await follow(scene, upload.replace('alice/app:1', 'alice/one:1'));
  await docker(['image', 'rm', '--force', `${host}/alice/app:1`]);
  await docker(['pull', `${host}/alice/one:1`]);
  await expectImage(scene, `${host}/alice/one:1`);
  await docker(['image', 'rm', '--force', `${host}/alice/one:1`]);
  const [, load = '', forPlatform = ''] = commandsOf('Back again');
  await follow(scene, forPlatform);
  await follow(scene, load);
  const inspected = await docker([
    'image',
    'inspect',
    '--format',
    '{{.Architecture}}',
    `${host}/alice/app:1`,
  ]);
  expectThat(inspected.trim() === 'arm64', `the image for arm64 is loaded (${inspected.trim()})`);
  await docker(['image', 'rm', '--force', `${host}/alice/app:1`]);
  return undefined;
}

async function expectImage({ place, docker, image }: EngineScene, reference: string): Promise<void> {
  const folder = join(place.folder, 'out');
  rmSync(folder, { recursive: true, force: true });
  const container = (await docker(['create', reference, '/none'])).trim();
  await docker(['cp', `${container}:/.`, place.dir('out')]);
  await docker(['rm', container]);
  await expectFiles(folder, image);
}
