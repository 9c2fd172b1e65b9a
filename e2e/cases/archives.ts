/** Images and files by curl alone: what buildah, skopeo and oras write and read, against /upload and /download. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crane } from '../clients/crane.ts';
import { skopeo } from '../clients/skopeo.ts';
import { usualPeople } from '../harness/accounts.ts';
import { manifestOf } from '../harness/api.ts';
import { Berth } from '../harness/berth.ts';
import { expectThat } from '../harness/expect.ts';
import { GIB, indexLayoutOf, layoutOf, MIB, makeImage, sha256Of } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { ProgramName } from '../harness/programs.ts';
import type { Suite } from '../harness/suite.ts';
import { blobsIn, repositoryFiles, unfinishedBytes } from '../harness/volume.ts';
import { commandsOf, type Follower, follow } from './archive-docs.ts';
import { expectPulled } from './scene.ts';

export const archives: Suite = {
  name: 'archives',
  needs: ['curl', 'sh', 'skopeo', 'buildah', 'podman', 'crane', 'oras', 'tar'],
  needsRoot: true,
  cases: [
    { name: 'takes what buildah writes as an oci-archive', run: fromBuildah },
    { name: 'takes an index of two platforms that skopeo wrote', run: fromSkopeo },
    { name: 'takes what skopeo writes as a docker-archive', run: fromDockerArchive },
    { name: 'takes what podman saves in both of its forms, and what crane pulls', run: fromPodmanAndCrane },
    { name: 'gives an archive back that skopeo takes', run: backToSkopeo },
    { name: 'makes an artifact of files, which oras pulls, and gives a file back', run: filesToOras },
    { name: 'refuses an upload without the right, before anything is sent, and keeps nothing', run: refused },
    {
      name: 'takes and gives a layer of 2 GiB with as little memory as one of 64 MiB',
      run: twoGibibytes,
      limitMs: 900_000,
    },
  ],
};

async function openFollower(place: Place, args: readonly string[] = []): Promise<Follower> {
  const { authFile, alice } = usualPeople();
  const berth = await Berth.start(place, { authFile, args });
  return { place, berth, account: alice, cwd: place.dir('work') };
}

async function expectInRegistry(
  { place, berth, account }: Follower,
  reference: string,
  image: Awaited<ReturnType<typeof makeImage>>,
): Promise<void> {
  const client = skopeo.open(place, berth);
  succeeded(await client.login(account));
  await expectPulled(place, client, `${berth.host}/${reference}`, image);
}

async function fromBuildah(place: Place): Promise<undefined> {
  const opened = await openFollower(place);
  const image = await makeImage(place, 'app', [2 * MIB, 300_000]);
  // buildah wants a file of credentials wherever one is named.
  succeeded(await skopeo.open(place, opened.berth).login(opened.account));
  const configuration = join(place.dir('configuration'), 'storage.conf');
  const roots = `runroot = "${place.dir('run')}"\ngraphroot = "${place.dir('storage')}"\n`;
  writeFileSync(configuration, `[storage]\ndriver = "vfs"\n${roots}`);
  const env = { CONTAINERS_STORAGE_CONF: configuration };
  const run = (args: readonly string[]) => place.run('buildah', args, { env });
  const container = (await run(['from', 'scratch'])).stdout.trim();
  await run(['copy', container, ...image.files.map(({ name }) => join(image.folder, 'files', name)), '/']);
  await run(['commit', '--rm', container, 'app']);
  for (const command of commandsOf('An image from buildah')) await follow({ ...opened, env }, command);
  await expectInRegistry(opened, 'alice/app:1', image);
  return undefined;
}

async function fromSkopeo(place: Place): Promise<string> {
  const opened = await openFollower(place);
  const { berth, account, cwd } = opened;
  const images = {
    amd64: await makeImage(place, 'amd64', [MIB]),
    arm64: await makeImage(place, 'arm64', [MIB]),
  };
  await place.run('cp', ['-a', await indexLayoutOf(place, images), join(cwd, 'layout')]);
  for (const command of commandsOf('An image from skopeo')) await follow(opened, command);
  const { document, mediaType } = await manifestOf(berth, account, 'alice/app', '1');
  expectThat(document.manifests?.length === 2, `the index lists two images (${mediaType})`);
  const client = skopeo.open(place, berth);
  succeeded(await client.login(account));
  for (const [architecture, image] of Object.entries(images)) {
    const folder = place.dir('for', architecture);
    succeeded((await client.pullFor?.(architecture, `${berth.host}/alice/app:1`, folder)) ?? neverPulled());
    const [file] = image.files;
    expectThat(
      (await sha256Of(join(folder, file?.name ?? ''))) === file?.sha256,
      `${architecture} came back`,
    );
  }
  return mediaType;
}

function neverPulled(): never {
  throw new Error('the client has no platforms');
}

async function fromDockerArchive(place: Place): Promise<undefined> {
  const opened = await openFollower(place);
  const image = await makeImage(place, 'app', [2 * MIB, 300_000]);
  const archive = join(opened.cwd, 'image.tar');
  const from = `oci:${await layoutOf(place, image)}`;
  await place.run('skopeo', ['--insecure-policy', 'copy', from, `docker-archive:${archive}:app:1`]);
  for (const command of commandsOf('An image from buildah').slice(1)) await follow(opened, command);
  await expectInRegistry(opened, 'alice/app:1', image);
  return undefined;
}

async function fromPodmanAndCrane(place: Place): Promise<undefined> {
  const opened = await openFollower(place);
  const { berth, account, cwd } = opened;
  const image = await makeImage(place, 'app', [2 * MIB, 300_000]);
  const archive = join(cwd, 'image.tar');
  const upload = commandsOf('An image from buildah')[1] ?? '';
  const layout = await layoutOf(place, image);
  await place.run('tar', ['-cf', archive, '-C', layout, '.']);
  await follow(opened, upload);
  succeeded(await skopeo.open(place, berth).login(account));
  succeeded(await crane.open(place, berth).login(account));
  const reference = `${berth.host}/alice/app:1`;
  const podman = ['--root', place.dir('storage'), '--runroot', place.dir('run'), '--storage-driver', 'vfs'];
  await place.run('podman', [...podman, 'pull', '--tls-verify=false', reference]);
  const saves: readonly (readonly [ProgramName, readonly string[]])[] = [
    ['podman', [...podman, 'save', '--format', 'docker-archive', '-o', archive, reference]],
    ['podman', [...podman, 'save', '--format', 'oci-archive', '-o', archive, reference]],
    ['crane', ['pull', '--insecure', reference, archive]],
  ];
  for (const [index, [program, args]] of saves.entries()) {
    rmSync(archive);
    await place.run(program, args);
    await follow(opened, upload.replace('alice/app:1', `alice/saved-${index}:1`));
    await expectInRegistry(opened, `alice/saved-${index}:1`, image);
  }
  return undefined;
}

async function backToSkopeo(place: Place): Promise<undefined> {
  const opened = await openFollower(place);
  const image = await makeImage(place, 'app', [2 * MIB, 300_000]);
  await place.run('cp', ['-a', await layoutOf(place, image), join(opened.cwd, 'layout')]);
  for (const command of commandsOf('An image from skopeo')) await follow(opened, command);
  const [download = ''] = commandsOf('Back again');
  await follow(opened, download);
  for (const transport of ['oci-archive', 'docker-archive']) {
    const to = place.dir('back', transport);
    const from = `${transport}:${join(opened.cwd, 'app.tar')}`;
    await place.run('skopeo', ['--insecure-policy', 'copy', from, `dir:${to}`]);
    const manifest: { layers: readonly { digest: string }[] } = JSON.parse(
      readFileSync(join(to, 'manifest.json'), 'utf8'),
    );
    expectThat(manifest.layers.length === image.files.length, `${transport} has all layers`);
    for (const [index, { digest }] of manifest.layers.entries()) {
      await place.run('tar', ['-xf', join(to, digest.replace('sha256:', '')), '-C', to]);
      const file = image.files[index];
      expectThat((await sha256Of(join(to, file?.name ?? ''))) === file?.sha256, `${file?.name} came back`);
    }
  }
  return undefined;
}

async function filesToOras(place: Place): Promise<undefined> {
  const opened = await openFollower(place);
  const { berth, account, cwd } = opened;
  const files = { 'sbom.json': '{"packages":[]}', 'notes.md': '# Notes\n' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const registry = berth.host.replace('127.0.0.1', 'localhost');
  const login = ['login', '-u', account.name, '--password-stdin', registry];
  await place.run('oras', login, { input: account.password });
  const [upload = '', pull = ''] = commandsOf('Files');
  await follow(opened, upload);
  const pulled = place.dir('pulled');
  await follow({ ...opened, cwd: pulled }, pull);
  for (const [name, text] of Object.entries(files))
    expectThat(readFileSync(join(pulled, name), 'utf8') === text, `${name} came back`);
  const manifest: unknown = (await manifestOf(berth, account, 'alice/files', '1')).document;
  expectThat(
    JSON.stringify(manifest).includes('"org.opencontainers.image.version":"1.2"'),
    'the field is an annotation',
  );
  await follow(opened, 'curl -u alice -F file=@sbom.json https://registry.example.com/upload/alice/sbom:1');
  const saved = place.dir('saved');
  const commands = commandsOf('Back again');
  await follow({ ...opened, cwd: saved }, commands.at(-1) ?? '');
  expectThat(
    readFileSync(join(saved, 'sbom.json'), 'utf8') === files['sbom.json'],
    'the file came back under its name',
  );
  return undefined;
}

async function refused(place: Place): Promise<string> {
  const { authFile, reader, alice } = usualPeople();
  const berth = await Berth.start(place, { authFile });
  const image = await makeImage(place, 'app', [20 * MIB]);
  const archive = join(place.dir('work'), 'image.tar');
  await place.run('tar', ['-cf', archive, '-C', await layoutOf(place, image), '.']);
  for (const user of [`${reader.name}:${reader.password}`, `${alice.name}:wrong`, 'nobody:nothing']) {
    const args = [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code} %{size_upload}',
      '-u',
      user,
      '-F',
      `file=@${archive}`,
    ];
    const { stdout } = await place.attempt('curl', [...args, `${berth.url}/upload/alice/app:1`]);
    const [status, sentBytes] = stdout.split(' ').map(Number);
    expectThat(status === 401, `${user.split(':')[0]} gets 401 (${status})`);
    expectThat((sentBytes ?? 0) < MIB, `the archive was not sent (${sentBytes} bytes were)`);
  }
  expectThat(blobsIn(berth.data).length === 0, 'no blob is in the volume');
  expectThat(repositoryFiles(berth.data, 'alice').length === 0, 'nothing of the repository is in the volume');
  expectThat(unfinishedBytes(berth.data) < MIB, 'no bytes of the archive are left anywhere else');
  return 'three times 401';
}

/** What the process had in memory at most, so far. */
function peakBytes({ berth }: Follower): number {
  const status = readFileSync(`/proc/${berth.daemon.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function twoGibibytes(place: Place): Promise<string> {
  const opened = await openFollower(place, ['--workers', '1']);
  const peaks: number[] = [];
  for (const sizeBytes of [64 * MIB, 2 * GIB]) {
    const image = await makeImage(place, `layer-${sizeBytes}`, [sizeBytes]);
    const archive = join(opened.cwd, 'image.tar');
    const layout = await layoutOf(place, image);
    await place.run('tar', ['-cf', archive, '-C', layout, '.'], { limitMs: 300_000 });
    rmSync(image.folder, { recursive: true });
    rmSync(layout, { recursive: true });
    await follow(opened, commandsOf('An image from buildah')[1] ?? '');
    await follow(opened, 'curl -u alice https://registry.example.com/download/alice/app:1 | tar -tf -');
    peaks.push(peakBytes(opened));
    rmSync(archive);
  }
  const [small = 0, large = 0] = peaks.map((bytes) => Math.round(bytes / MIB));
  expectThat(
    large - small < 128,
    `no more memory is needed for 2 GiB than for 64 MiB (${small} and ${large} MiB)`,
  );
  return `${small} MiB with 64 MiB, ${large} MiB with 2 GiB`;
}
