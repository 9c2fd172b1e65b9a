/** oras: artifacts of plain files, and what refers to them. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, ClientKind } from '../harness/client.ts';
import type { Image } from '../harness/image.ts';

export const oras: ClientKind = {
  name: 'oras',
  needs: ['oras', 'openssl'],
  abilities: { index: true, attach: true, tls: true },
  open(place, registry): Client {
    const trust =
      registry.certificate === undefined
        ? ['--plain-http']
        : ['--ca-file', registry.certificate.certificateFile];
    const run = (args: readonly string[], cwd?: string) =>
      place.attempt('oras', args, cwd === undefined ? {} : { cwd });
    const push = (image: Image, reference: string, more: readonly string[] = []) =>
      run(
        [
          'push',
          ...trust,
          ...more,
          reference,
          ...image.files.map((file) => `${file.name}:application/octet-stream`),
        ],
        join(image.folder, 'files'),
      );
    return {
      login: ({ name, password }) =>
        place.attempt('oras', ['login', ...trust, '-u', name, '--password-stdin', registry.host], {
          input: password,
        }),
      logout: () => run(['logout', registry.host]),
      push,
      pushAgain: (from, to) => run(['copy', ...both(trust), from, to]),
      pull: (reference, folder) => run(['pull', ...trust, '-o', folder, reference]),
      pushIndex: async (images, reference) => {
        for (const [architecture, image] of Object.entries(images)) {
          const platform = ['--artifact-platform', `linux/${architecture}`];
          const pushed = await push(image, `${reference}-${architecture}`, platform);
          if (pushed.code !== 0) return pushed;
        }
        const tag = reference.slice(reference.lastIndexOf(':') + 1);
        const parts = Object.keys(images).map((architecture) => `${tag}-${architecture}`);
        return await run(['manifest', 'index', 'create', ...trust, reference, ...parts]);
      },
      pullFor: (architecture, reference, folder) =>
        run(['pull', ...trust, '--platform', `linux/${architecture}`, '-o', folder, reference]),
      attach: (subject, artifactType) => {
        writeFileSync(join(place.dir('attachments'), 'note.json'), '{"note":"attached"}');
        const file = 'note.json:application/json';
        const reference = `${subject.repository}@${subject.digest}`;
        return run(
          ['attach', ...trust, '--artifact-type', artifactType, reference, file],
          place.dir('attachments'),
        );
      },
      discover: (subject) =>
        run(['discover', ...trust, '--format', 'json', `${subject.repository}@${subject.digest}`]),
    };
  },
};

/** `oras copy` has the same flags for both ends, each with its prefix. */
function both(trust: readonly string[]): string[] {
  return ['from', 'to'].flatMap((end) =>
    trust.map((flag) => (flag.startsWith('--') ? `--${end}-${flag.slice(2)}` : flag)),
  );
}
