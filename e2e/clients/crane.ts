/** crane (go-containerregistry): pushes image layouts as they are, copies between repositories by mounts. */
import { join } from 'node:path';
import type { Client, ClientKind, Subject } from '../harness/client.ts';
import type { Finished } from '../harness/finished.ts';
import { artifactLayoutOf, flatIndexLayoutOf, layoutOf } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';

export const crane: ClientKind = {
  name: 'crane',
  needs: ['crane', 'openssl'],
  abilities: { index: true, attach: true, tls: true },
  open(place, registry): Client {
    const trust = registry.certificate && { SSL_CERT_FILE: registry.certificate.certificateFile };
    const run = (...args: string[]) => place.attempt('crane', args, { env: { ...trust } });
    return {
      // `auth login` only keeps the password; fetching a token is what tries it.
      login: async ({ name, password }) => {
        const login = ['auth', 'login', registry.host, '-u', name, '--password-stdin'];
        succeeded(await place.attempt('crane', login, { env: { ...trust }, input: password }));
        return await run('auth', 'token', `${registry.host}/${name}/any`);
      },
      logout: () => run('auth', 'logout', registry.host),
      push: async (image, reference) => run('push', await layoutOf(place, image), reference),
      pushAgain: (from, to) => run('copy', from, to),
      pull: (reference, folder) => exportTo(place, run, folder, [reference]),
      pushIndex: async (images, reference) =>
        run('push', '--index', await flatIndexLayoutOf(place, images), reference),
      pullFor: (architecture, reference, folder) =>
        exportTo(place, run, folder, ['--platform', `linux/${architecture}`, reference]),
      attach: (subject, artifactType) =>
        run('push', artifactLayoutOf(place, subject, artifactType), attachment(subject)),
    };
  },
};

/** The tag under which the artifact goes in: crane and skopeo push nothing without one. */
export function attachment(subject: Subject): string {
  return `${subject.repository}:attachment`;
}

async function exportTo(
  place: Place,
  run: (...args: string[]) => Promise<Finished>,
  folder: string,
  what: readonly string[],
): Promise<Finished> {
  const archive = join(place.dir('exports'), 'export.tar');
  const pulled = await run('export', ...what, archive);
  if (pulled.code === 0) await place.run('tar', ['-xf', archive, '-C', folder]);
  return pulled;
}
