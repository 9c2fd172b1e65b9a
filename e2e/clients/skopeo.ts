/** skopeo: copies between image layouts and the registry; mounts what its cache says is there already. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RegistryAddress } from '../harness/berth.ts';
import type { Client, ClientKind } from '../harness/client.ts';
import type { Finished } from '../harness/finished.ts';
import { artifactLayoutOf, indexLayoutOf, layoutOf } from '../harness/image.ts';
import type { Place } from '../harness/place.ts';
import { attachment } from './crane.ts';

export const skopeo: ClientKind = {
  name: 'skopeo',
  needs: ['skopeo', 'openssl'],
  abilities: { index: true, attach: true, tls: true },
  open(place, registry): Client {
    const copy = (args: readonly string[], from: string, to: string) =>
      place.attempt('skopeo', ['--insecure-policy', 'copy', ...args, from, to]);
    const [src, dest] = [trustFlags(registry, 'src-'), trustFlags(registry, 'dest-')];
    return {
      login: ({ name, password }) =>
        place.attempt(
          'skopeo',
          ['login', ...trustFlags(registry, ''), '-u', name, '--password-stdin', registry.host],
          {
            input: password,
          },
        ),
      logout: () => place.attempt('skopeo', ['logout', registry.host]),
      push: async (image, reference) =>
        copy(dest, `oci:${await layoutOf(place, image)}`, `docker://${reference}`),
      pushAgain: (from, to) => copy([...src, ...dest], `docker://${from}`, `docker://${to}`),
      pull: (reference, folder) => pullTo(place, copy, src, reference, folder),
      pushIndex: async (images, reference) =>
        copy([...dest, '--all'], `oci:${await indexLayoutOf(place, images)}`, `docker://${reference}`),
      pullFor: (architecture, reference, folder) =>
        pullTo(
          place,
          (args, from, to) => withArchitecture(place, architecture, args, from, to),
          src,
          reference,
          folder,
        ),
      attach: (subject, artifactType) =>
        copy(
          dest,
          `oci:${artifactLayoutOf(place, subject, artifactType)}`,
          `docker://${attachment(subject)}`,
        ),
    };
  },
};

/** The flags of skopeo, podman and buildah for a registry without TLS, or with a certificate of its own. */
export function trustFlags(registry: RegistryAddress, prefix: string): string[] {
  return registry.certificate === undefined
    ? [`--${prefix}tls-verify=false`]
    : [`--${prefix}cert-dir=${registry.certificate.trustFolder}`];
}

type Copy = (args: readonly string[], from: string, to: string) => Promise<Finished>;

async function pullTo(
  place: Place,
  copy: Copy,
  src: readonly string[],
  reference: string,
  folder: string,
): Promise<Finished> {
  const to = place.dir('pulled', String(place.history.length));
  const pulled = await copy(src, `docker://${reference}`, `dir:${to}`);
  if (pulled.code === 0) await unpackDir(place, to, folder);
  return pulled;
}

function withArchitecture(
  place: Place,
  architecture: string,
  args: readonly string[],
  from: string,
  to: string,
) {
  return place.attempt('skopeo', [
    '--insecure-policy',
    '--override-arch',
    architecture,
    'copy',
    ...args,
    from,
    to,
  ]);
}

/** skopeo's `dir:` holds the manifest and each layer by its hex digest. */
async function unpackDir(place: Place, dir: string, folder: string): Promise<void> {
  const manifest: { layers: readonly { digest: string }[] } = JSON.parse(
    readFileSync(join(dir, 'manifest.json'), 'utf8'),
  );
  for (const { digest } of manifest.layers) {
    await place.run('tar', ['-xf', join(dir, digest.replace('sha256:', '')), '-C', folder]);
  }
}
