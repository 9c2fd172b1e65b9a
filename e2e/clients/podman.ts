/** podman, with storage of its own below the case's folder and nothing that needs a running system. */
import type { Client, ClientKind } from '../harness/client.ts';
import type { Finished } from '../harness/finished.ts';
import type { Image } from '../harness/image.ts';
import type { Place } from '../harness/place.ts';
import { trustFlags } from './skopeo.ts';

export const podman: ClientKind = {
  name: 'podman',
  needs: ['podman', 'openssl'],
  needsRoot: true,
  abilities: { index: true, attach: false, tls: true },
  open(place, registry): Client {
    const run = (args: readonly string[], input?: string) =>
      place.attempt('podman', [...podmanStorage(place), ...args], input === undefined ? {} : { input });
    const trust = trustFlags(registry, '');
    const pull = async (reference: string, folder: string, more: readonly string[] = []) => {
      await run(['rmi', '--all', '--force']);
      const pulled = await run(['pull', ...trust, ...more, reference]);
      if (pulled.code === 0) await copyOut(place, run, reference, folder);
      return pulled;
    };
    const build = async (image: Image, reference: string, more: readonly string[] = []) =>
      run(['build', '--isolation', 'chroot', '--layers', ...more, '-t', reference, image.folder]);
    return {
      login: ({ name, password }) =>
        run(['login', ...trust, '-u', name, '--password-stdin', registry.host], password),
      logout: () => run(['logout', registry.host]),
      push: async (image, reference) => {
        const built = await build(image, reference);
        return built.code === 0 ? await run(['push', ...trust, reference]) : built;
      },
      pushAgain: async (from, to) => {
        const tagged = await run(['tag', from, to]);
        return tagged.code === 0 ? await run(['push', ...trust, to]) : tagged;
      },
      pull,
      pushIndex: async (images, reference) => {
        const list = 'localhost/list';
        for (const [architecture, image] of Object.entries(images)) {
          const made = await build(image, `localhost/${architecture}`, [
            '--platform',
            `linux/${architecture}`,
            '--manifest',
            list,
          ]);
          if (made.code !== 0) return made;
        }
        return await run(['manifest', 'push', ...trust, '--all', list, `docker://${reference}`]);
      },
      pullFor: (architecture, reference, folder) =>
        pull(reference, folder, ['--platform', `linux/${architecture}`]),
    };
  },
};

/** Global flags: everything below the place, no journal, no systemd. */
export function podmanStorage(place: Place): string[] {
  return [
    ['--root', place.dir('storage')],
    ['--runroot', place.dir('run')],
    ['--tmpdir', place.dir('libpod')],
    ['--storage-driver', 'vfs'],
    ['--cgroup-manager', 'cgroupfs'],
    ['--events-backend', 'file'],
  ].flat();
}

async function copyOut(
  place: Place,
  run: (args: readonly string[]) => Promise<Finished>,
  reference: string,
  folder: string,
): Promise<void> {
  const mounted = await run(['image', 'mount', reference]);
  const from = mounted.stdout.trim();
  await place.run('cp', ['-a', `${from}/.`, folder]);
  await run(['image', 'unmount', reference]);
}
