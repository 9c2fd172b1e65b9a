/** buildah, used as scripts use it: a container from scratch, files copied into it, committed and pushed. */
import { join } from 'node:path';
import type { Client, ClientKind } from '../harness/client.ts';
import type { Finished, RunOptions } from '../harness/finished.ts';
import type { Image } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { trustFlags } from './skopeo.ts';

export const buildah: ClientKind = {
  name: 'buildah',
  needs: ['buildah', 'openssl'],
  needsRoot: true,
  abilities: { index: true, attach: false, tls: true },
  open(place, registry): Client {
    const run = (args: readonly string[], more: Pick<RunOptions, 'input'> = {}) =>
      place.attempt('buildah', [...storageOf(place), ...args], more);
    const trust = trustFlags(registry, '');
    const pull = async (reference: string, folder: string, more: readonly string[] = []) => {
      await run(['rmi', '--all', '--force']);
      const pulled = await run(['pull', ...trust, ...more, reference]);
      if (pulled.code === 0) await copyOut(place, run, reference, folder);
      return pulled;
    };
    return {
      login: ({ name, password }) =>
        run(['login', ...trust, '-u', name, '--password-stdin', registry.host], { input: password }),
      logout: () => run(['logout', registry.host]),
      push: async (image, reference) => {
        await commit(run, image, reference);
        return await run(['push', ...trust, reference, `docker://${reference}`]);
      },
      pushAgain: (from, to) => run(['push', ...trust, from, `docker://${to}`]),
      pull,
      pushIndex: async (images, reference) => {
        const list = 'localhost/list';
        succeeded(await run(['manifest', 'create', list]));
        for (const [architecture, image] of Object.entries(images)) {
          await commit(run, image, `localhost/${architecture}`, ['--arch', architecture]);
          succeeded(
            await run(['manifest', 'add', '--arch', architecture, list, `localhost/${architecture}`]),
          );
        }
        return await run(['manifest', 'push', ...trust, '--all', list, `docker://${reference}`]);
      },
      pullFor: (architecture, reference, folder) =>
        pull(reference, folder, ['--platform', `linux/${architecture}`]),
    };
  },
};

type Run = (args: readonly string[]) => Promise<Finished>;

/** One layer with all of the image's files. */
async function commit(
  run: Run,
  image: Image,
  reference: string,
  from: readonly string[] = [],
): Promise<void> {
  const container = succeeded(await run(['from', ...from, 'scratch'])).stdout.trim();
  const files = image.files.map((file) => join(image.folder, 'files', file.name));
  succeeded(await run(['copy', container, ...files, '/']));
  succeeded(await run(['commit', '--rm', container, reference]));
}

async function copyOut(place: Place, run: Run, reference: string, folder: string): Promise<void> {
  const container = succeeded(await run(['from', '--pull-never', reference])).stdout.trim();
  const mounted = succeeded(await run(['mount', container])).stdout.trim();
  await place.run('cp', ['-a', `${mounted}/.`, folder]);
  succeeded(await run(['rm', container]));
}

function storageOf(place: Place): string[] {
  return ['--root', place.dir('storage'), '--runroot', place.dir('run'), '--storage-driver', 'vfs'];
}
