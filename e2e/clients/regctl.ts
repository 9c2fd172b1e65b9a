/** regctl (regclient): copies between image layouts and the registry, and administers what is there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, ClientKind } from '../harness/client.ts';
import type { Finished } from '../harness/finished.ts';
import { entryOf, indexLayoutOf, layoutOf, unpackLayout } from '../harness/image.ts';
import type { Place } from '../harness/place.ts';

export const regctl: ClientKind = {
  name: 'regctl',
  needs: ['regctl', 'openssl', 'tar'],
  abilities: { index: true, attach: true, tls: true },
  open(place, registry): Client {
    const run = (...args: string[]) => place.attempt('regctl', args);
    const pushLayout = (layout: string, reference: string) =>
      run('image', 'copy', `ocidir://${layout}@${entryOf(layout).digest}`, reference);
    return {
      // How to reach a registry is kept beside the login, by a command of its own.
      login: async ({ name, password }) => {
        const { certificate } = registry;
        const trust =
          certificate === undefined
            ? ['--tls', 'disabled']
            : ['--cacert', readFileSync(certificate.certificateFile, 'utf8')];
        await place.run('regctl', ['registry', 'set', '--skip-check', ...trust, registry.host]);
        const login = ['registry', 'login', '-u', name, '--pass-stdin', registry.host];
        return await place.attempt('regctl', login, { input: password });
      },
      logout: () => run('registry', 'logout', registry.host),
      push: async (image, reference) => pushLayout(await layoutOf(place, image), reference),
      pushAgain: (from, to) => run('image', 'copy', from, to),
      pull: (reference, folder) => pullTo(place, folder, [reference]),
      pushIndex: async (images, reference) => pushLayout(await indexLayoutOf(place, images), reference),
      pullFor: (architecture, reference, folder) =>
        pullTo(place, folder, ['--platform', `linux/${architecture}`, reference]),
      attach: (subject, artifactType) => {
        const note = join(place.dir('attachments'), 'note.json');
        writeFileSync(note, '{"note":"attached"}');
        const content = [
          '--artifact-type',
          artifactType,
          '--file',
          note,
          '--file-media-type',
          'application/json',
        ];
        return run('artifact', 'put', ...content, '--subject', `${subject.repository}@${subject.digest}`);
      },
      discover: (subject) =>
        run('artifact', 'list', '--format', '{{json .}}', `${subject.repository}@${subject.digest}`),
    };
  },
};

async function pullTo(place: Place, folder: string, what: readonly string[]): Promise<Finished> {
  const layout = place.dir('pulled', String(place.history.length));
  const pulled = await place.attempt('regctl', ['image', 'copy', ...what, `ocidir://${layout}:pulled`]);
  if (pulled.code === 0) await unpackLayout(place, layout, folder);
  return pulled;
}
