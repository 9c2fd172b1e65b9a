/**
 * `berth cert`, followed word for word: what it prints for a client is typed where that client is, and then, and not
 * before, the client takes the registry that was started as it says.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crane } from '../clients/crane.ts';
import { dockerClassic, dockerToday } from '../clients/docker.ts';
import { podmanStorage } from '../clients/podman.ts';
import { type Account, newAccount } from '../harness/accounts.ts';
import type { RegistryAddress } from '../harness/berth.ts';
import type { Client, ClientKind } from '../harness/client.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import { layoutOf, MIB, makeImage } from '../harness/image.ts';
import { MACHINE, machineNeeds, moveToMachine, pathForTyping } from '../harness/machine.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { expectPulled } from './scene.ts';

const START_LIMIT_MS = 30_000;
const HOSTS = [MACHINE.name, MACHINE.address].map((host) => `${host}:5000`);
/** How Go, curl and OpenSSL put it. */
const UNKNOWN = /unknown authority|self.signed certificate|unable to get local issuer/;

export const privateCa: Suite = {
  name: 'private-ca',
  needs: [
    ...machineNeeds,
    ...new Set([...dockerClassic.needs, ...dockerToday.needs]),
    ...(['podman', 'ctr', 'curl', 'crane', 'openssl', 'update-ca-certificates'] as const),
  ],
  needsRoot: true,
  cases: [
    {
      name: 'docker takes it by its folder, with the classic engine',
      run: (place) => docker(place, dockerClassic),
    },
    {
      name: 'docker takes it by its folder, with the engine of today',
      run: (place) => docker(place, dockerToday),
    },
    { name: 'podman takes it by its folder', run: podman },
    { name: 'containerd takes it by its folder', run: containerd },
    { name: "curl and crane take it by the system's store, and a strict OpenSSL at all", run: store },
    { name: 'a client that trusts the CA takes what was renewed with one more name', run: renewal },
  ],
};

interface Follower {
  readonly place: Place;
  readonly admin: Account;
  /** What `berth cert` printed. */
  readonly printed: string;
  /** Types what stands below the line that begins so. */
  follow(heading: string): Promise<void>;
  type(command: string): Promise<void>;
}

/** A Berth as `berth cert` says it is started, on a machine that trusts nobody new. */
async function start(place: Place): Promise<Follower> {
  await moveToMachine(place);
  const env = { PATH: pathForTyping(place, ['curl', 'crane', 'openssl']) };
  const folder = place.dir('tls');
  const type = async (command: string) =>
    void (await place.run('sh', ['-ec', command], { env, cwd: folder }));
  const args = ['cert', MACHINE.name, MACHINE.address, '--out', folder];
  const { stdout: printed } = await place.run('sh', ['-ec', 'exec berth "$@"', 'sh', ...args], { env });
  const admin = newAccount('admin');
  const [command = ''] = below(printed, 'To start Berth with it:');
  const berth = place.start('berth', 'sh', ['-ec', `exec ${command}`], {
    ...env,
    BERTH_ADMIN_PASSWORD: admin.password,
  });
  await berth.lineThat((line) => (line.includes('listening on https://') ? true : undefined), START_LIMIT_MS);
  const follow = async (heading: string) => {
    for (const line of below(printed, heading)) await type(line);
  };
  return { place, admin, printed, follow, type };
}

/** The commands below a line that begins with `heading`, one empty line between them or none. */
function below(text: string, heading: string): readonly string[] {
  const [, rest = ''] = `\n${text}`.split(`\n${heading}`);
  const lines = rest.split('\n').slice(1);
  const from = lines[0] === '' ? 1 : 0;
  const to = lines.findIndex((line, index) => index >= from && !line.startsWith('    '));
  const commands = lines.slice(from, to).map((line) => line.trim());
  if (commands.length === 0) throw new Error(`nothing is to be typed below "${heading}":\n${text}`);
  return commands;
}

async function docker(place: Place, kind: ClientKind): Promise<undefined> {
  const { admin, follow } = await start(place);
  await kind.prepare?.(place);
  const open = (host: string): Client => kind.open(place, { host, certificate: undefined });
  for (const host of HOSTS) expectFailure(await open(host).login(admin), UNKNOWN);
  await follow('docker on Linux');
  for (const host of HOSTS) await pushAndPull(place, open(host), admin, host);
}

async function pushAndPull(place: Place, client: Client, admin: Account, host: string): Promise<void> {
  const image = await makeImage(place, host.replace(':', '-'), [MIB]);
  const reference = `${host}/admin/app:1`;
  succeeded(await client.login(admin));
  succeeded(await client.push(image, reference));
  await expectPulled(place, client, reference, image);
}

async function podman(place: Place): Promise<undefined> {
  const { admin, follow } = await start(place);
  const run = (args: readonly string[], input?: string) =>
    place.attempt('podman', [...podmanStorage(place), ...args], input === undefined ? {} : { input });
  const login = (host: string) => run(['login', '-u', admin.name, '--password-stdin', host], admin.password);
  for (const host of HOSTS) expectFailure(await login(host), UNKNOWN);
  await follow('podman, buildah and skopeo on Linux');
  const image = await makeImage(place, 'app', [MIB]);
  for (const host of HOSTS) {
    const reference = `${host}/admin/app:1`;
    succeeded(await login(host));
    succeeded(await run(['build', '--isolation', 'chroot', '-t', reference, image.folder]));
    succeeded(await run(['push', reference]));
    succeeded(await run(['rmi', '--force', reference]));
    succeeded(await run(['pull', reference]));
  }
}

async function containerd(place: Place): Promise<undefined> {
  const { admin, follow } = await start(place);
  const layout = await layoutOf(place, await makeImage(place, 'app', [MIB]));
  await pushByCrane(place, admin, layout);
  const socket = await startContainerd(place);
  const hosts = ['--hosts-dir', '/etc/containerd/certs.d', '--user', `${admin.name}:${admin.password}`];
  const fetchFrom = (host: string) =>
    place.attempt('ctr', ['--address', socket, 'content', 'fetch', ...hosts, `${host}/admin/app:1`]);
  for (const host of HOSTS) expectFailure(await fetchFrom(host), UNKNOWN);
  await follow('containerd on Linux');
  for (const host of HOSTS) succeeded(await fetchFrom(host));
}

/** It is told the CA by itself: here it is only who puts something there. */
async function pushByCrane(place: Place, { name, password }: Account, layout: string): Promise<void> {
  const [host = ''] = HOSTS;
  const env = { SSL_CERT_FILE: join(place.dir('tls'), 'ca.pem') };
  const login = ['auth', 'login', host, '-u', name, '--password-stdin'];
  await place.run('crane', login, { env, input: password });
  await place.run('crane', ['push', layout, `${host}/admin/app:1`], { env });
}

async function startContainerd(place: Place): Promise<string> {
  const socket = join(place.dir('c'), 's');
  const folders = ['--root', place.dir('c', 'root'), '--state', place.dir('c', 'state')];
  const daemon = place.startProgram('containerd', [...folders, '--address', socket]);
  await daemon.lineThat(
    (line) => (line.includes('containerd successfully booted') ? true : undefined),
    START_LIMIT_MS,
  );
  return socket;
}

async function store(place: Place): Promise<undefined> {
  const { admin, follow, type } = await start(place);
  const login = ({ host }: RegistryAddress) =>
    crane.open(place, { host, certificate: undefined }).login(admin);
  const curl = (host: string) => place.attempt('curl', ['-sS', '-o', '/dev/null', `https://${host}/v2/`]);
  for (const host of HOSTS) expectFailure(await curl(host), UNKNOWN);
  await follow("the system's store on Debian");
  for (const host of HOSTS) {
    succeeded(await curl(host));
    succeeded(await login({ host, certificate: undefined }));
    const name = host.replace(/:.*/, '');
    const check = name === MACHINE.address ? '-verify_ip' : '-verify_hostname';
    await type(`openssl verify -x509_strict -purpose sslserver ${check} ${name} cert.pem`);
  }
  const elsewhere = await place.attempt('curl', [
    '-sS',
    '--resolve',
    `other.lan:5000:${MACHINE.address}`,
    'https://other.lan:5000/v2/',
  ]);
  expectFailure(elsewhere, /no alternative certificate subject name matches/);
}

/** As the certificate is read again without a new start, or by one: the CA is what clients remember. */
async function renewal(place: Place): Promise<undefined> {
  const { follow, type } = await start(place);
  await follow("the system's store on Debian");
  const before = readFileSync(join(place.dir('tls'), 'ca.pem'), 'utf8');
  await type(`berth cert ${MACHINE.name} ${MACHINE.address} mirror.lan --out .`);
  expectThat(readFileSync(join(place.dir('tls'), 'ca.pem'), 'utf8') === before, 'the CA is the same');
  await type('openssl verify -x509_strict -purpose sslserver -verify_hostname mirror.lan cert.pem');
}
