/** What a person sees: `docker push` and `docker pull` of an image of ten layers, engine and all. */
import { missingForEngine } from '../harness/docker-engine.ts';
import { runToEnd } from '../harness/run-to-end.ts';
import type { Marks, Row, Sample } from '../row.ts';
import type { Subject } from '../subject.ts';

/** No slower than any of them. */
const MARKS: Marks = {
  'distribution-3': { rate: 1 },
  'distribution-2': { rate: 1 },
  zot: { rate: 1 },
  olareg: { rate: 1 },
};
const COMMON = {
  unit: 'images',
  abilities: ['registry'],
  marks: MARKS,
  missing: missingForEngine,
} as const;

export const DOCKER = {
  'docker-push': {
    ...COMMON,
    title: 'docker push of an image of ten layers, 500 MB',
    prepare: logIn,
    measure: async (subject) => await timed(subject, ['push', await freshImage(subject)]),
    after: forgetImages,
  },
  'docker-pull': {
    ...COMMON,
    title: 'docker pull of an image of ten layers, 500 MB',
    prepare: async (subject) => {
      await logIn(subject);
      const docker = await subject.engine();
      await docker.run(['push', await freshImage(subject)]);
      await forgetImages(subject);
    },
    measure: async (subject) => await timed(subject, ['pull', nameAt(subject)]),
    after: forgetImages,
  },
} as const satisfies Record<string, Row>;

/** Only Berth asks who somebody is. */
async function logIn({ server, account, engine }: Subject): Promise<void> {
  if (server.name !== 'berth') return;
  const docker = await engine();
  const { host } = new URL(server.base);
  await docker.run(['login', '-u', account.name, '-p', account.password, host]);
}

/** An image of which no registry has a layer, under the server's name. */
async function freshImage(subject: Subject): Promise<string> {
  const { archive, name } = await subject.dockerImage.renew();
  const docker = await subject.engine();
  await docker.run(['load', '-i', archive]);
  await docker.run(['tag', name, nameAt(subject)]);
  // What loading it left to be written isn't the push's to wait for.
  await runToEnd('sync', ['-f', subject.folder], { limitMs: 120_000 });
  return nameAt(subject);
}

/** Takes everything out of the engine that would spare it a download. */
async function forgetImages({ engine }: Subject): Promise<undefined> {
  const docker = await engine();
  const ids = (await docker.run(['image', 'ls', '--all', '--quiet', '--no-trunc'])).split('\n');
  const present = [...new Set(ids)].filter((id) => id !== '');
  if (present.length > 0) await docker.run(['image', 'rm', '--force', ...present]);
}

function nameAt({ server }: Subject): string {
  return `${new URL(server.base).host}/bench/docker:1`;
}

async function timed(subject: Subject, args: readonly string[]): Promise<Sample> {
  const docker = await subject.engine();
  const cpuBefore = subject.server.cpuSeconds();
  const startedMs = performance.now();
  await docker.run(args);
  const seconds = (performance.now() - startedMs) / 1000;
  const cpuSeconds = subject.server.cpuSeconds() - cpuBefore;
  return { amount: 1, seconds, cpuSeconds, command: ['docker', ...args].join(' ') };
}
