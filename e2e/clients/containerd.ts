/**
 * containerd, by its own client ctr: the daemon alone, without what Kubernetes asks of it, in the place of a case. How to
 * reach a registry is told in a hosts.toml, as on a node.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../harness/accounts.ts';
import type { RegistryAddress } from '../harness/berth.ts';
import type { Finished } from '../harness/finished.ts';
import { expectFiles, type Image, layoutOf } from '../harness/image.ts';
import type { Place } from '../harness/place.ts';
import type { ProgramName } from '../harness/programs.ts';

export const containerdNeeds: readonly ProgramName[] = ['containerd', 'ctr', 'tar', 'cp'];

const START_LIMIT_MS = 30_000;
/** Images are unpacked into plain folders, on any file system. */
const SNAPSHOTTER = ['--snapshotter', 'native'];

export interface Containerd {
  /** Takes the image in from an archive, then pushes it. */
  push(image: Image, reference: string, account?: Account): Promise<Finished>;
  pull(reference: string, account?: Account): Promise<Finished>;
  /** Fails unless the image that was pulled has these files, unpacked. */
  expectUnpacked(reference: string, image: Image): Promise<void>;
}

/** Starts a containerd that has nothing yet; `name` tells several in one place apart. */
export async function startContainerd(
  place: Place,
  name: string,
  registry: RegistryAddress,
): Promise<Containerd> {
  const address = join(place.dir(name), 's');
  const configuration = join(place.dir(name), 'config.toml');
  writeFileSync(configuration, configurationOf(place, name, address));
  const daemon = place.startProgram('containerd', ['--config', configuration]);
  const booted = (line: string) => (line.includes('containerd successfully booted') ? true : undefined);
  await daemon.lineThat(booted, START_LIMIT_MS);
  const ctr = (...args: string[]) => place.attempt('ctr', ['--address', address, ...args]);
  const hosts = ['--hosts-dir', writeHosts(place, registry)];
  return {
    async push(image, reference, account) {
      const archive = join(place.dir(name), 'image.tar');
      await place.run('tar', ['-cf', archive, '-C', await layoutOf(place, image), '.']);
      const imported = await ctr('images', 'import', ...SNAPSHOTTER, '--index-name', reference, archive);
      if (imported.code !== 0) return imported;
      return await ctr('images', 'push', ...hosts, ...userOf(account), reference);
    },
    pull: (reference, account) =>
      ctr('images', 'pull', ...SNAPSHOTTER, ...hosts, ...userOf(account), reference),
    async expectUnpacked(reference, image) {
      const mount = place.dir(name, 'mount');
      await place.run('ctr', ['--address', address, 'images', 'mount', ...SNAPSHOTTER, reference, mount]);
      await expectFiles(mount, image);
      await place.run('ctr', ['--address', address, 'images', 'unmount', '--rm', mount]);
    },
  };
}

function userOf(account: Account | undefined): string[] {
  return account === undefined ? [] : ['--user', `${account.name}:${account.password}`];
}

/** CRI, Kubernetes' side of it, is not what pulls here, and wants a network. */
function configurationOf(place: Place, name: string, address: string): string {
  return `version = 2
root = "${place.dir(name, 'root')}"
state = "${place.dir(name, 'state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[grpc]
  address = "${address}"

[ttrpc]
  address = "${address}.ttrpc"

[plugins."io.containerd.internal.v1.opt"]
  path = "${place.dir(name, 'opt')}"
`;
}

/** The folder that is /etc/containerd/certs.d on a node; docs/clients.md tells people what stands here. */
function writeHosts(place: Place, { host, certificate }: RegistryAddress): string {
  const folder = place.dir('certs.d');
  const url = `${certificate === undefined ? 'http' : 'https'}://${host}`;
  mkdirSync(join(folder, host), { recursive: true });
  const ca = certificate === undefined ? '' : `  ca = "${certificate.certificateFile}"\n`;
  const capabilities = '  capabilities = ["pull", "resolve", "push"]\n';
  writeFileSync(
    join(folder, host, 'hosts.toml'),
    `server = "${url}"\n\n[host."${url}"]\n${capabilities}${ca}`,
  );
  return folder;
}
