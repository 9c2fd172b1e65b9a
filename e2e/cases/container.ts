/**
 * The image, built and run by Debian's engine as docker/README.md says: as nobody in particular, on a file system that
 * can't be written to, with Berth's own arguments, distribution's and docker_auth's. The host's network, as the engines
 * here have no bridge.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crane } from '../clients/crane.ts';
import { dockerClassic } from '../clients/docker.ts';
import { engineHost } from '../clients/engine.ts';
import { newAccount, usualPeople, writeAuthFile } from '../harness/accounts.ts';
import { makeCertificate } from '../harness/certificate.ts';
import type { Client } from '../harness/client.ts';
import { expectThat } from '../harness/expect.ts';
import type { Finished } from '../harness/finished.ts';
import { freePort } from '../harness/free-port.ts';
import { MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { findProgram } from '../harness/programs.ts';
import type { Suite } from '../harness/suite.ts';
import { expectPulled } from './scene.ts';

const DOCKER_FOLDER = join(import.meta.dirname, '..', '..', 'docker');
const IMAGE_FOLDER = join(DOCKER_FOLDER, '..', 'dist', 'image');
const ROOT_FOLDER = join(DOCKER_FOLDER, '..', 'dist', 'rootfs');
const HEALTH_LIMIT_MS = 60_000;
const USER_ID = 65532;

let dockerHost = '';

export const container: Suite = {
  name: 'container',
  needs: ['berth-binary', 'docker/rootfs', 'openssl', 'crane', ...dockerClassic.needs],
  needsRoot: true,
  async prepare(place) {
    await dockerClassic.prepare?.(place);
    dockerHost = engineHost(place);
    await place.run('docker/rootfs', []);
  },
  cases: [
    {
      name: 'takes and gives images, read-only and without rights, and keeps them in its volume',
      run: registry,
    },
    { name: 'is a token server where docker_auth had its configuration', run: tokenServer },
    { name: 'is a registry where distribution had its configuration', run: distributionsPlace },
    { name: 'is built on a base of others, which a stand-in takes the place of', run: onDistroless },
  ],
};

async function registry(place: Place): Promise<string> {
  const size = await build(place);
  const host = `127.0.0.1:${await freePort()}`;
  const admin = newAccount('admin');
  const run = ['-v', 'kept:/var/lib/registry', '-e', `BERTH_ADMIN_PASSWORD=${admin.password}`];
  await runHealthy(place, 'first', run, ['serve', '--addr', host]);
  const address = { host, certificate: undefined };
  const image = await makeImage(place, 'app', [1000, 8 * MIB]);
  const reference = `${host}/admin/app:1`;
  const client = crane.open(place, address);
  await pushAs(client, admin, image, reference);
  await pushAs(dockerClassic.open(place, address), admin, image, `${host}/admin/app:2`);
  await docker(place, 'rm', '--force', 'first');
  await build(place); // the engine was made to forget all that it had
  await runHealthy(place, 'second', run, ['serve', '--addr', host]);
  await expectPulled(place, client, reference, image);
  await docker(place, 'rm', '--force', 'second');
  return size;

  async function pushAs(
    one: Client,
    account: typeof admin,
    what: typeof image,
    where: string,
  ): Promise<void> {
    succeeded(await one.login(account));
    succeeded(await one.push(what, where));
    await expectPulled(place, one, where, what);
  }
}

async function tokenServer(place: Place): Promise<undefined> {
  await build(place);
  const port = await freePort();
  const { authFile, alice } = usualPeople();
  const { certificateFile, keyFile } = await makeCertificate(place);
  const file = writeAuthFile(place, {
    ...authFile,
    server: { addr: `127.0.0.1:${port}` },
    token: { ...authFile.token, certificate: '/ssl/c.pem', key: '/ssl/k.pem' },
  });
  for (const each of [file, keyFile]) chmodSync(each, 0o644); // theirs who runs it; the case's own folder is closed
  const mounts = [
    `${file}:/config/auth_config.yml`,
    `${certificateFile}:/ssl/c.pem`,
    `${keyFile}:/ssl/k.pem`,
  ];
  await runHealthy(
    place,
    'auth',
    mounts.flatMap((mount) => ['-v', `${mount}:ro`]),
    [],
  );
  const answer = await fetch(`http://127.0.0.1:${port}/auth?service=e2e&scope=repository:alice/app:push`, {
    headers: { authorization: `Basic ${btoa(`${alice.name}:${alice.password}`)}` },
  });
  expectThat(answer.status === 200, `alice gets a token (${answer.status})`);
  await docker(place, 'rm', '--force', 'auth');
}

/** The arguments and the mount of `registry:2`; its settings come from the file and a variable. */
async function distributionsPlace(place: Place): Promise<undefined> {
  await build(place);
  const host = `127.0.0.1:${await freePort()}`;
  const file = join(place.dir('configuration'), 'config.yml');
  const htpasswd = join(place.dir('configuration'), 'htpasswd');
  const { alice, authFile } = usualPeople();
  writeFileSync(htpasswd, `${alice.name}:${authFile.users[alice.name]?.password}\n`);
  const lines = [
    'version: 0.1',
    'storage: {filesystem: {rootdirectory: /var/lib/registry}}',
    'http: {addr: 127.0.0.1:1}',
    'auth: {htpasswd: {realm: e2e, path: /auth/htpasswd}}',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  for (const each of [file, htpasswd]) chmodSync(each, 0o644); // theirs who runs it
  const mounts = ['-v', `${file}:/etc/docker/registry/config.yml:ro`, '-v', `${htpasswd}:/auth/htpasswd:ro`];
  const variables = ['-e', `REGISTRY_HTTP_ADDR=${host}`];
  await runHealthy(
    place,
    'registry',
    [...mounts, ...variables, '-v', 'registry:/var/lib/registry'],
    ['serve', '/etc/docker/registry/config.yml'],
  );
  const image = await makeImage(place, 'app', [1000, MIB]);
  const client = dockerClassic.open(place, { host, certificate: undefined });
  const reference = `${host}/any/app:1`;
  expectThat((await client.push(image, reference)).code !== 0, 'nobody pushes without a password');
  succeeded(await client.login(alice));
  succeeded(await client.push(image, reference));
  await expectPulled(place, client, reference, image);
  await docker(place, 'rm', '--force', 'registry');
}

/**
 * The base can't be fetched here: it is made of what the real one has of Berth's own root, the C library and certificates.
 * What the Dockerfile adds to it has to be enough.
 */
async function onDistroless(place: Place): Promise<string> {
  const file = join(DOCKER_FOLDER, 'Dockerfile.distroless');
  const base = /^FROM (\S+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  const archive = join(place.dir('base'), 'base.tar');
  const added = ['usr/bin/berth', 'usr/share/berth', 'lib/x86_64-linux-gnu/libatomic.so.1', 'var/lib'];
  const without = added.map((path) => `--exclude=./${path}`);
  await place.run('tar', ['-cf', archive, '--owner=0', '--group=0', ...without, '-C', ROOT_FOLDER, '.']);
  await docker(place, 'import', archive, base);
  await docker(place, 'build', '-t', 'berth', '-f', file, ROOT_FOLDER);
  const address = ['serve', '--addr', `127.0.0.1:${await freePort()}`];
  await runHealthy(place, 'distroless', ['-v', 'distroless:/var/lib/registry'], address);
  await docker(place, 'rm', '--force', 'distroless');
  return base;
}

/** What somebody else types; its size as the engine tells it. */
async function build(place: Place): Promise<string> {
  await docker(place, 'build', '-t', 'berth', '-f', join(DOCKER_FOLDER, 'Dockerfile'), IMAGE_FOLDER);
  return (await docker(place, 'image', 'ls', '--format', '{{.Size}}', 'berth')).stdout.trim();
}

async function runHealthy(
  place: Place,
  name: string,
  options: readonly string[],
  args: readonly string[],
): Promise<void> {
  const events = place.start(
    'docker events',
    dockerFile(),
    ['events', '--filter', `container=${name}`],
    environment(),
  );
  const common = [
    '--name',
    name,
    '--network',
    'host',
    '--read-only',
    '--cap-drop',
    'ALL',
    '--health-interval',
    '1s',
  ];
  await docker(place, 'run', '--detach', ...common, ...options, 'berth', ...args);
  await events
    .lineThat((line) => (line.includes('health_status: healthy') ? true : undefined), HEALTH_LIMIT_MS)
    .catch(async (error: unknown) => {
      const { stdout, stderr } = await docker(place, 'logs', name);
      throw new Error(`${name} did not become healthy: ${String(error)}\n${stdout}${stderr}`);
    });
  await events.stop();
  const pid = (await docker(place, 'inspect', '--format', '{{.State.Pid}}', name)).stdout.trim();
  const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  expectThat(uid === String(USER_ID), `it runs as ${USER_ID} (${uid})`);
}

async function docker(place: Place, ...args: string[]): Promise<Finished> {
  return place.run('docker', args, { env: environment() });
}

function environment(): Record<string, string> {
  return { DOCKER_HOST: dockerHost, DOCKER_BUILDKIT: '0' };
}

function dockerFile(): string {
  return findProgram('docker') ?? 'docker';
}
