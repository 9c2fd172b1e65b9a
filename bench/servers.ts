/**
 * Berth and its peers: where each is found, how it is started in the settings that its own documentation
 * recommends for production, and what it does. A new peer is one more entry.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccountFile, type CertificateFiles, makeSigningCertificate } from './data/account.ts';
import { distributionConfiguration, nginxConfiguration, zotConfiguration } from './data/configurations.ts';
import type { Setting } from './setting.ts';

/**
 * What a row needs of a server: the registry's API, the token endpoint, files by their paths alone; a volume in the
 * layout of distribution; several processes on one port; a 201 that promises less, if somebody wants that.
 */
export type Ability = 'registry' | 'tokens' | 'files' | 'layout' | 'workers' | 'relaxed';

export interface ServerPlace {
  /** A folder of its own. */
  readonly folder: string;
  /** Where it keeps what is pushed. */
  readonly dataFolder: string;
  readonly port: number;
  readonly account: AccountFile;
  /** HTTPS is to be served with it. */
  readonly certificate: CertificateFiles | undefined;
  readonly setting: Setting;
  /** Flags of Node for Berth itself, for a profile. */
  readonly nodeFlags: readonly string[];
}

export interface Launch {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServerKind {
  readonly title: string;
  /** The names that the program's file goes by; undefined for Berth, which runs from this checkout. */
  readonly files: readonly string[] | undefined;
  readonly howToGet: string;
  readonly abilities: readonly Ability[];
  /** What its 201 means by its system calls. */
  readonly acknowledges?: string;
  launch(place: ServerPlace): Launch | Promise<Launch>;
}

export const SERVICE = 'berth';

const ROOT = join(import.meta.dirname, '..');

/** What `pnpm berth` runs: flags of Node, then the program. */
const BERTH: readonly string[] = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  .scripts.berth.split(' ')
  .slice(1)
  .map((word: string) => (word.startsWith('-') ? word : join(ROOT, word)));

export const SERVERS = {
  berth: {
    title: 'Berth',
    files: undefined,
    howToGet: 'this checkout',
    abilities: ['registry', 'tokens', 'layout', 'workers'],
    acknowledges: 'content, links and every new name synced',
    launch: ({ port, dataFolder, account, certificate, setting, nodeFlags }) => {
      const data = ['--data', dataFolder, '--auth-config', account.file];
      const flags = ['serve', '--addr', `127.0.0.1:${port}`, ...data, '--log-level', 'warn'];
      const tls =
        certificate === undefined
          ? []
          : ['--tls-cert', certificate.certificateFile, '--tls-key', certificate.keyFile];
      return { args: [...nodeFlags, ...BERTH, ...flags, ...tls, ...berthFlags(setting)] };
    },
  },
  'distribution-3': {
    title: 'distribution 3',
    files: ['registry'],
    howToGet: 'e2e/tools/build (Go 1.26)',
    abilities: ['registry', 'layout'],
    acknowledges: 'files synced, no folders',
    launch: (place) => ({
      args: ['serve', written(place, 'config.yml', distributionConfiguration(place))],
      env: { OTEL_TRACES_EXPORTER: 'none' },
    }),
  },
  'distribution-2': {
    title: 'docker-registry 2.8',
    files: ['docker-registry'],
    howToGet: 'Debian package docker-registry',
    abilities: ['registry', 'layout'],
    acknowledges: 'files synced, no folders',
    launch: (place) => ({ args: ['serve', written(place, 'config.yml', distributionConfiguration(place))] }),
  },
  zot: {
    title: 'zot',
    files: ['zot', 'zot-minimal'],
    howToGet: 'https://zotregistry.dev',
    abilities: ['registry', 'relaxed'],
    acknowledges: 'nothing synced',
    launch: (place) => ({ args: ['serve', written(place, 'config.json', zotConfiguration(place))] }),
  },
  olareg: {
    title: 'olareg',
    files: ['olareg'],
    howToGet: 'https://github.com/olareg/olareg',
    abilities: ['registry', 'relaxed'],
    acknowledges: 'nothing synced',
    launch: ({ port, dataFolder, certificate }) => {
      const tls =
        certificate === undefined
          ? []
          : ['--tls-cert', certificate.certificateFile, '--tls-key', certificate.keyFile];
      return {
        args: ['serve', '--addr', '127.0.0.1', '--port', String(port), '--dir', dataFolder, ...tls],
      };
    },
  },
  docker_auth: {
    title: 'docker_auth',
    files: ['docker_auth', 'auth_server'],
    howToGet: 'https://github.com/cesanta/docker_auth',
    abilities: ['tokens'],
    launch: async (place) => {
      const { certificateFile, keyFile } = await makeSigningCertificate(place.folder);
      const { account, port } = place;
      const token = { ...account.content.token, certificate: certificateFile, key: keyFile };
      const content = { ...account.content, server: { addr: `127.0.0.1:${port}` }, token };
      return { args: ['-logtostderr', written(place, 'auth.yml', JSON.stringify(content))] };
    },
  },
  nginx: {
    title: 'nginx (files)',
    files: ['nginx'],
    howToGet: 'Debian package nginx',
    abilities: ['files'],
    launch: (place) => {
      const file = written(place, 'nginx.conf', nginxConfiguration(place));
      return { args: ['-e', 'stderr', '-p', place.folder, '-c', file] };
    },
  },
} as const satisfies Record<string, ServerKind>;

export type ServerName = keyof typeof SERVERS;

export const SERVER_NAMES = Object.keys(SERVERS).filter(isServerName);

/** Who takes part when nobody is named: 2.8 is distribution's past, and costs a full run five minutes. */
export const USUAL_SERVER_NAMES = SERVER_NAMES.filter((name) => name !== 'distribution-2');

export function isServerName(text: string): text is ServerName {
  return Object.hasOwn(SERVERS, text);
}

let berthHelp: string | undefined;

/** @throws Error where this checkout's `berth serve` can't be told what the row asks for */
function berthFlags({ workers, durability }: Setting): readonly string[] {
  const args = [...BERTH, 'serve', '--help'];
  berthHelp ??= execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
  const flags: string[] = [];
  // One process, as the peers are. A checkout without workers is one anyway.
  if (berthHelp.includes('--workers')) flags.push('--workers', String(workers ?? 1));
  else if (workers !== undefined) throw new Error('berth serve knows no --workers');
  if (durability === undefined) return flags;
  if (!berthHelp.includes('--durability')) throw new Error('berth serve knows no --durability');
  return [...flags, '--durability', durability];
}

/** Writes a configuration into the server's folder; its path. */
function written({ folder }: ServerPlace, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
