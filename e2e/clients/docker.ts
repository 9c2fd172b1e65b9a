/** The docker client with each of the two engines: it is the engine that pushes and pulls. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, ClientKind } from '../harness/client.ts';
import type { Finished } from '../harness/finished.ts';
import { type Image, indexLayoutOf } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { ENGINES, type EngineRow, startEngine } from './engine.ts';

type Docker = (args: readonly string[], input?: string) => Promise<Finished>;
type PushIndex = (images: Readonly<Record<string, Image>>, reference: string) => Promise<Finished>;

export const dockerClassic = dockerKind('docker-classic', ENGINES.classic, (_place, docker) =>
  pushIndexByManifests(docker),
);
export const dockerToday = dockerKind('docker-today', ENGINES.today, pushIndexByLoading);

function dockerKind(
  name: string,
  engine: EngineRow,
  pushIndexWith: (place: Place, docker: Docker) => PushIndex,
): ClientKind {
  let dockerHost = '';
  return {
    name,
    needs: ['docker', engine.program, 'containerd'],
    needsRoot: true,
    abilities: { index: true, attach: false, tls: true },
    async prepare(place) {
      dockerHost = await startEngine(place, engine);
    },
    open: (place, registry) => dockerClient(place, registry.host, { dockerHost, engine, pushIndexWith }),
  };
}

/** Docker's client in front of a classic engine that was started elsewhere. */
export function dockerOf(place: Place, host: string, dockerHost: string): Client {
  const pushIndexWith = (_place: Place, docker: Docker) => pushIndexByManifests(docker);
  return dockerClient(place, host, { dockerHost, engine: ENGINES.classic, pushIndexWith });
}

interface Behind {
  /** The value of DOCKER_HOST. */
  readonly dockerHost: string;
  readonly engine: EngineRow;
  readonly pushIndexWith: (place: Place, docker: Docker) => PushIndex;
}

function dockerClient(place: Place, host: string, { dockerHost, engine, pushIndexWith }: Behind): Client {
  const env = { DOCKER_HOST: dockerHost, DOCKER_BUILDKIT: engine.buildkit };
  const docker: Docker = (args, input) =>
    place.attempt('docker', args, { env, ...(input !== undefined && { input }), limitMs: 300_000 });
  return {
    login: ({ name, password }) => docker(['login', '-u', name, '--password-stdin', host], password),
    logout: () => docker(['logout', host]),
    push: (image, reference) => buildAndPush(docker, image, reference),
    async pushAgain(from, to) {
      succeeded(await docker(['tag', from, to]));
      return await docker(['push', to]);
    },
    pull: (reference, folder) => pullTo(docker, reference, folder),
    pushIndex: pushIndexWith(place, docker),
    pullFor: (architecture, reference, folder) =>
      pullTo(docker, reference, folder, ['--platform', `linux/${architecture}`]),
  };
}

async function buildAndPush(
  docker: Docker,
  image: Image,
  reference: string,
  platform: readonly string[] = [],
): Promise<Finished> {
  succeeded(await docker(['build', ...platform, '-t', reference, image.folder]));
  return await docker(['push', reference]);
}

async function pullTo(
  docker: Docker,
  reference: string,
  folder: string,
  platform: readonly string[] = [],
): Promise<Finished> {
  await forget(docker);
  const pulled = await docker(['pull', ...platform, reference]);
  if (pulled.code !== 0) return pulled;
  const container = succeeded(await docker(['create', ...platform, reference, '/none'])).stdout.trim();
  succeeded(await docker(['cp', `${container}:/.`, folder]));
  succeeded(await docker(['rm', container]));
  return pulled;
}

/** Takes everything out of the engine that would spare it a download. */
async function forget(docker: Docker): Promise<void> {
  const images = succeeded(await docker(['image', 'ls', '--all', '--quiet', '--no-trunc'])).stdout.split(
    '\n',
  );
  const present = [...new Set(images)].filter((id) => id !== '');
  if (present.length > 0) await docker(['image', 'rm', '--force', ...present]);
  await docker(['builder', 'prune', '--all', '--force']);
}

/** The classic store holds no index: the client puts one together from images that are in the registry. */
function pushIndexByManifests(docker: Docker): PushIndex {
  return async (images, reference) => {
    const parts: string[] = [];
    for (const [architecture, image] of Object.entries(images)) {
      const part = `${reference}-${architecture}`;
      succeeded(await buildAndPush(docker, image, part, ['--platform', `linux/${architecture}`]));
      parts.push(part);
    }
    succeeded(await docker(['manifest', 'create', '--insecure', reference, ...parts]));
    return await docker(['manifest', 'push', '--insecure', reference]);
  };
}

/** containerd's image store takes an index from an archive and pushes it with all its images. */
function pushIndexByLoading(place: Place, docker: Docker): PushIndex {
  return async (images, reference) => {
    const layout = await indexLayoutOf(place, images);
    nameInLayout(layout, reference);
    const archive = join(place.dir('archives'), 'index.tar');
    await place.run('tar', ['-cf', archive, '-C', layout, '.']);
    succeeded(await docker(['load', '-i', archive]));
    return await docker(['push', reference]);
  };
}

function nameInLayout(layout: string, reference: string): void {
  const file = join(layout, 'index.json');
  const index: { manifests: object[] } = JSON.parse(readFileSync(file, 'utf8'));
  const annotations = { 'io.containerd.image.name': reference };
  writeFileSync(
    file,
    JSON.stringify({ ...index, manifests: index.manifests.map((entry) => ({ ...entry, annotations })) }),
  );
}
