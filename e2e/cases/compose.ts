/**
 * The compose files of docker/, copied as a user copies them and brought up by docker compose as their heads say. The
 * engine stands in a network of its own, where the ports are those of the files; as engines here have no bridge, containers
 * use that network, which holds the addresses of the files as well.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { dockerClassic, dockerOf } from '../clients/docker.ts';
import { type Apart, ENGINES, startEngineApart } from '../clients/engine.ts';
import { type Account, newAccount } from '../harness/accounts.ts';
import { type DebianImage, importDebianImage } from '../harness/debian-image.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import { MIB, makeImage } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import { findProgram, SEARCH_PATH } from '../harness/programs.ts';
import type { Suite } from '../harness/suite.ts';
import { expectPulled, REFUSED } from './scene.ts';

const DOCKER_FOLDER = join(import.meta.dirname, '..', '..', 'docker');
const IMAGE_FOLDER = join(DOCKER_FOLDER, '..', 'dist', 'image');

/** The files, and where in the one network a service finds the other: at the address that is trusted, which it then has itself. */
const FILES = {
  one: { file: 'compose.yml', services: ['berth'], hosts: [] },
  two: { file: 'compose.two.yml', services: ['registry', 'auth'], hosts: ['auth:172.30.84.2'] },
  nginx: { file: 'compose.nginx.yml', services: ['berth', 'nginx'], hosts: ['berth:172.30.85.2'] },
} as const;

type Row = (typeof FILES)[keyof typeof FILES];

const ADDRESSES = ['172.30.84.2/32', '172.30.85.2/32'];

/** Debian's puts its files where the official image has nothing. */
const NGINX: DebianImage = {
  name: 'nginx:stable',
  program: 'nginx',
  command: ['nginx', '-g', 'daemon off;'],
  folders: ['/run', '/var/cache/nginx', '/var/lib', '/var/log/nginx', '/etc/nginx'],
  links: { '/var/lib/nginx': '/var/cache/nginx' },
};

let engine: Apart;

export const compose: Suite = {
  name: 'compose',
  needs: [
    ...['berth-binary', 'docker/rootfs', 'docker-compose', 'nginx', 'htpasswd', 'openssl', 'curl'],
    ...['ip', 'unshare', 'nsenter', 'ldd', 'sh', 'tar'],
    ...dockerClassic.needs,
  ] as Suite['needs'],
  needsRoot: true,
  async prepare(place) {
    engine = await startEngineApart(place, ENGINES.classic, ADDRESSES);
    await place.run('docker/rootfs', []);
  },
  cases: [
    { name: 'one container: the password is in its log, and the account outlives it', run: one },
    {
      name: 'two containers: what has to be made is made as the file says, and clients know one address',
      run: two,
    },
    { name: 'every file is one that docker compose reads', run: read },
    { name: "the steps of docs/ci.md push to their service, GitHub's and GitLab's", run: pipelines },
    { name: 'behind nginx: HTTPS, large layers, and nobody but nginx is believed', run: behindNginx },
  ],
};

async function one(place: Place): Promise<undefined> {
  const project = await open(place, FILES.one);
  await project.follow('docker compose up -d');
  const log = await project.follow('docker compose logs berth');
  const password = /password +(\S+) +\(shown this once\)/.exec(log)?.[1];
  if (password === undefined) throw new Error(`the log tells the password: ${log}`);
  const admin = { name: 'admin', password };
  await seen(place, project.host, admin);
  await project.compose('down');
  await project.follow('docker compose up -d');
  succeeded(await dockerOf(place, project.host, engine.host).login(admin));
  await project.compose('down', '--volumes');
}

async function two(place: Place): Promise<undefined> {
  const project = await open(place, FILES.two);
  expectFailure(
    await project.attempt('docker compose -f compose.two.yml up -d'),
    /bind source path does not exist: \S+token\.(?:pem|key)/,
  );
  const page = readFileSync(join(DOCKER_FOLDER, '..', 'README.md'), 'utf8').replace(
    'cd docker/two',
    'cd two',
  );
  for (const command of project.commands)
    expectThat(page.includes(`\n    ${command}\n`), `README.md says the same: ${command}`);
  const admin = newAccount('admin');
  for (const command of project.commands.filter((each) => !each.startsWith('docker login')))
    await project.follow(command, `${admin.password}\n${admin.password}\n`);
  await seen(place, project.host, admin);
  const challenge = await inside(place, 'curl', '-sSi', `http://${project.host}/v2/`);
  expectThat(
    challenge.includes(`Bearer realm="http://${project.host}/auth/token"`),
    `clients are sent to the registry: ${challenge}`,
  );
  await project.compose('down', '--volumes');
}

/** Also the one for Traefik, of which there is no image here. */
async function read(place: Place): Promise<string> {
  addComposeTo(place);
  const files = readdirSync(DOCKER_FOLDER).filter((name) => /^compose.*\.yml$/.test(name));
  for (const file of files)
    await place.run('docker', ['compose', '-f', file, 'config', '--quiet'], {
      cwd: DOCKER_FOLDER,
      env: environment(),
    });
  expectThat(files.length >= 4, `there are four: ${files.join(' ')}`);
  return files.join(' ');
}

/** Each workflow's own lines, beside a service as the runner starts it: the image with that password at port 5000. */
async function pipelines(place: Place): Promise<undefined> {
  await buildBerth(place);
  addComposeTo(place);
  const page = readFileSync(join(DOCKER_FOLDER, '..', 'docs', 'ci.md'), 'utf8');
  const github = [...page.matchAll(/^ {10}- run: (.+)$/gm)].map(([, line = '']) => line);
  const gitlab = [...page.matchAll(/^ {8}- ((?:echo|docker) .+)$/gm)].map(([, line = '']) => line);
  expectThat(github.length === 3 && gitlab.length === 3, `the page has the lines: ${[...github, ...gitlab]}`);
  const { folder } = await makeImage(place, 'app', [1000]);
  const { password } = newAccount('admin');
  for (const lines of [github, gitlab]) {
    const service = join(place.dir('service'), 'compose.yml');
    const settings = {
      image: 'berth',
      network_mode: 'host',
      environment: { BERTH_ADMIN_PASSWORD: password },
    };
    writeFileSync(service, JSON.stringify({ name: 'ci', services: { berth: settings } }));
    const options = { cwd: folder, env: { ...environment(), BERTH_ADMIN_PASSWORD: password } };
    await place.run('docker', ['compose', '-f', service, 'up', '--detach', '--wait'], options);
    const typed = lines
      .join('\n')
      .replace(/\$\{\{ github\.run_id \}\}-\$\{\{ github\.sha \}\}/, password)
      .replace('https://github.com/YOU/app.git', '.')
      .replaceAll('berth:5000', '127.0.0.1:5000'); // that network has no names
    await place.run('sh', ['-ec', typed], { ...options, env: { ...options.env, PATH: dockerPath() } });
    await place.run('docker', ['compose', '-f', service, 'down', '--volumes'], options);
  }
}

async function behindNginx(place: Place): Promise<undefined> {
  const admin = newAccount('admin');
  const project = await open(place, FILES.nginx);
  await importDebianImage(place, NGINX, environment());
  const certificates = join(project.folder, 'certs');
  mkdirSync(certificates);
  const pair = ['-keyout', join(certificates, 'key.pem'), '-out', join(certificates, 'cert.pem')];
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=e2e'];
  await place.run('openssl', ['req', ...kind, '-addext', 'subjectAltName=IP:127.0.0.1', ...pair]);
  writeFileSync(join(project.folder, '.env'), `BERTH_ADMIN_PASSWORD=${admin.password}\n`);
  await project.follow('docker compose -f compose.nginx.yml up -d');
  await seen(place, '127.0.0.1', admin);
  const spoof = [
    '-H',
    'X-Forwarded-For: 198.51.100.9',
    '-H',
    'X-Forwarded-Host: evil.example',
    '-H',
    'X-Forwarded-Port: 8443',
  ];
  const challenge = await inside(place, 'curl', '-sSik', ...spoof, 'https://127.0.0.1/v2/');
  expectThat(
    challenge.includes('Bearer realm="https://127.0.0.1/auth"'),
    `clients are sent to nginx, by https: ${challenge}`,
  );
  const redirect = await inside(place, 'curl', '-sSi', 'http://127.0.0.1/v2/');
  expectThat(/^location: https:\/\/127\.0\.0\.1\/v2\/\r$/im.test(redirect), `http is https: ${redirect}`);
  const log = await project.follow('docker compose -f compose.nginx.yml logs berth');
  expectThat(!log.includes('198.51.100.9'), 'what a client says of its address is not believed');
  expectThat(/ 401 .*127\.0\.0\.1/.test(log), `its address is in the log: ${log.slice(-600)}`);
  await project.compose('down', '--volumes');
}

/** Login, a layer that proxies refuse unless they are told otherwise, and nothing without the right password. */
async function seen(place: Place, host: string, account: Account): Promise<void> {
  const client = dockerOf(place, host, engine.host);
  const image = await makeImage(place, 'app', [1000, 8 * MIB]);
  const reference = `${host}/admin/app:1`;
  expectFailure(await client.push(image, reference), REFUSED);
  expectFailure(await client.login({ ...account, password: `${account.password}x` }), REFUSED);
  succeeded(await client.login(account));
  succeeded(await client.push(image, reference));
  await expectPulled(place, client, reference, image);
  succeeded(await client.logout());
  await buildBerth(place); // a pull makes the engine forget what it can
}

interface Project {
  readonly folder: string;
  /** What the head of the file says to type. */
  readonly commands: readonly string[];
  /** What the head says to log in to. */
  readonly host: string;
  /** Runs a command of the head; what it said. */
  follow(command: string, input?: string): Promise<string>;
  attempt(command: string, input?: string): ReturnType<Place['attempt']>;
  compose(...args: string[]): Promise<unknown>;
}

/** A copy of docker/ with the image that its files name. */
async function open(place: Place, row: Row): Promise<Project> {
  await buildBerth(place);
  const folder = place.dir('project');
  cpSync(DOCKER_FOLDER, folder, { recursive: true });
  writeFileSync(join(folder, 'e2e.yml'), overrideOf(row));
  addComposeTo(place);
  const head = readFileSync(join(folder, row.file), 'utf8').split('\nname: ')[0] ?? '';
  const commands = [...head.matchAll(/^# {3}(.+?)(?: {5}#.*)?$/gm)].map(([, command = '']) => command);
  const said = ['sudo() { "$@"; }'];
  const options = { cwd: folder, env: { ...environment(), PATH: dockerPath() } };
  const attempt = async (command: string, input = '') => {
    if (!commands.includes(command)) throw new Error(`${row.file} doesn't say: ${command}`);
    const typed = [...said, command]
      .join('\n')
      .replace(
        /docker compose(?: -f (\S+))?/,
        (_all, file = 'compose.yml') => `docker compose -f ${file} -f e2e.yml`,
      )
      .replace('up -d', 'up -d --wait');
    if (/^cd /.test(command)) said.push(command);
    return await place.attempt('sh', ['-ec', typed], { ...options, input });
  };
  return {
    folder,
    commands,
    host: /^docker login (\S+)/m.exec(commands.join('\n'))?.[1] ?? '',
    attempt,
    async follow(command, input) {
      const { stdout } = succeeded(await attempt(command, input));
      return stdout;
    },
    compose: async (...args) =>
      await place.run('docker', ['compose', '-f', row.file, '-f', 'e2e.yml', ...args], options),
  };
}

/** Without a bridge: the network of the engine, and its addresses by the names of the services. */
function overrideOf({ services, hosts }: Row): string {
  const each = services.flatMap((service) => [
    `  ${service}:`,
    '    network_mode: host',
    '    networks: !reset null',
    '    ports: !reset []',
    `    extra_hosts: ${JSON.stringify(hosts)}`,
  ]);
  return `services:\n${each.join('\n')}\n`;
}

/** With the docker that the cases run before others of that name. */
function dockerPath(): string {
  return [dirname(findProgram('docker') ?? ''), SEARCH_PATH].join(delimiter);
}

function addComposeTo(place: Place): void {
  const plugins = place.dir('docker', 'cli-plugins');
  symlinkSync(findProgram('docker-compose') ?? '', join(plugins, 'docker-compose'));
}

async function buildBerth(place: Place): Promise<void> {
  const args = ['build', '-t', 'berth', '-f', join(DOCKER_FOLDER, 'Dockerfile'), IMAGE_FOLDER];
  await place.run('docker', args, { env: environment() });
}

/** What a program says in the network of the engine. */
async function inside(place: Place, ...command: string[]): Promise<string> {
  return (await place.run('nsenter', [...engine.enter, ...command])).stdout;
}

function environment(): Record<string, string> {
  return { DOCKER_HOST: engine.host, DOCKER_BUILDKIT: '0' };
}
