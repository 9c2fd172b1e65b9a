/**
 * Which programs the cases run, where they are looked for, and how a person gets one that is missing.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { BINARY_FOLDER } from './berth-program.ts';

interface ProgramRow {
  /** The file's name. */
  readonly file: string;
  /** Of which module e2e/tools/build makes it; such a one is preferred over PATH's, which is only looked at if `path` says so. */
  readonly built?: keyof typeof MODULES;
  readonly path: boolean;
  /** A folder to look in before PATH, where a name means different things on different machines. */
  readonly first?: string;
  readonly howToGet: string;
}

/** The Go modules that e2e/tools/build builds, each in its folder below e2e/tools. */
const MODULES = {
  tools: '.',
  engine: 'moby',
  clients: 'clients',
  buildkit: 'buildkit',
  compose: 'compose',
  pebble: 'pebble',
} as const;

const BUILT = 'run e2e/tools/build (Go 1.26)';

const PROGRAMS = {
  'berth-binary': { file: 'berth', path: false, first: BINARY_FOLDER, howToGet: 'run pnpm build' },
  node: {
    file: basename(process.execPath),
    path: false,
    first: dirname(process.execPath),
    howToGet: 'it runs this',
  },
  npm: { file: 'npm', path: true, howToGet: 'comes with Node' },
  'docker/rootfs': {
    file: 'rootfs',
    path: false,
    first: join(BINARY_FOLDER, '..', 'docker'),
    howToGet: 'part of the sources',
  },
  // Debian's client first: it carries its own BuildKit client, and talks to both engines.
  docker: { file: 'docker', path: true, first: '/usr/bin', howToGet: 'Debian package docker.io' },
  'dockerd-classic': { file: 'dockerd', path: true, howToGet: 'Debian package docker.io (20.10)' },
  'dockerd-today': { file: 'dockerd', path: false, built: 'engine', howToGet: BUILT },
  'docker-compose': { file: 'cmd', path: false, built: 'compose', howToGet: BUILT },
  containerd: { file: 'containerd', path: true, howToGet: 'Debian package containerd' },
  skopeo: { file: 'skopeo', path: true, howToGet: 'Debian package skopeo' },
  podman: { file: 'podman', path: true, howToGet: 'Debian package podman' },
  buildah: { file: 'buildah', path: true, howToGet: 'Debian package buildah' },
  crane: { file: 'crane', path: true, built: 'tools', howToGet: BUILT },
  oras: { file: 'oras', path: true, built: 'tools', howToGet: BUILT },
  regctl: { file: 'regctl', path: true, built: 'clients', howToGet: BUILT },
  helm: { file: 'helm', path: true, built: 'clients', howToGet: BUILT },
  cosign: { file: 'cosign', path: true, built: 'clients', howToGet: BUILT },
  conformance: { file: 'conformance', path: false, built: 'tools', howToGet: BUILT },
  'registry-3': { file: 'registry', path: false, built: 'tools', howToGet: BUILT },
  'registry-2': { file: 'docker-registry', path: true, howToGet: 'Debian package docker-registry (2.8.2)' },
  htpasswd: { file: 'htpasswd', path: true, howToGet: 'Debian package apache2-utils' },
  curl: { file: 'curl', path: true, howToGet: 'Debian package curl' },
  buildkitd: { file: 'buildkitd', path: true, built: 'buildkit', howToGet: BUILT },
  buildctl: { file: 'buildctl', path: true, built: 'buildkit', howToGet: BUILT },
  pebble: { file: 'pebble', path: true, built: 'pebble', howToGet: BUILT },
  'pebble-challtestsrv': { file: 'pebble-challtestsrv', path: true, built: 'pebble', howToGet: BUILT },
  runc: { file: 'runc', path: true, howToGet: 'Debian package runc' },
  nginx: { file: 'nginx', path: true, howToGet: 'Debian package nginx-light' },
  openssl: { file: 'openssl', path: true, howToGet: 'Debian package openssl' },
  'systemd-analyze': { file: 'systemd-analyze', path: true, howToGet: 'Debian package systemd' },
  git: { file: 'git', path: true, howToGet: 'Debian package git' },
  npx: { file: 'npx', path: true, howToGet: 'Node.js with npm' },
  'update-ca-certificates': {
    file: 'update-ca-certificates',
    path: true,
    howToGet: 'Debian package ca-certificates',
  },
  ctr: { file: 'ctr', path: true, howToGet: 'Debian package containerd' },
  fish: { file: 'fish', path: true, howToGet: 'Debian package fish' },
  zsh: { file: 'zsh', path: true, howToGet: 'Debian package zsh' },
  mount: { file: 'mount', path: true, howToGet: 'Debian package mount' },
  setpriv: { file: 'setpriv', path: true, howToGet: 'Debian package util-linux' },
  nsenter: { file: 'nsenter', path: true, howToGet: 'Debian package util-linux' },
  ip: { file: 'ip', path: true, howToGet: 'Debian package iproute2' },
  unshare: { file: 'unshare', path: true, howToGet: 'Debian package util-linux' },
  cp: { file: 'cp', path: true, howToGet: 'Debian package coreutils' },
  ldd: { file: 'ldd', path: true, howToGet: 'Debian package libc-bin' },
  sh: { file: 'sh', path: true, howToGet: 'Debian package dash' },
  tar: { file: 'tar', path: true, howToGet: 'Debian package tar' },
} as const satisfies Record<string, ProgramRow>;

export type ProgramName = keyof typeof PROGRAMS;

/**
 * PATH as the cases see it: with sbin, where engines are, which a user's PATH often lacks; without what a package
 * script puts in front, so that npx runs on the machine's own Node.
 */
export const SEARCH_PATH = [
  ...(process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => folder !== '' && !folder.includes('/node_modules/')),
  ...['/usr/local/sbin', '/usr/sbin', '/sbin'],
].join(':');

/** The program's file, or undefined when this machine has none. */
export function findProgram(name: ProgramName): string | undefined {
  const row: ProgramRow = PROGRAMS[name];
  const folders = [
    ...(row.built === undefined ? [] : [builtFolder(row.built)]),
    ...(row.first === undefined ? [] : [row.first]),
    ...(row.path ? SEARCH_PATH.split(':') : []),
  ];
  return folders.map((folder) => join(folder, row.file)).find(isExecutable);
}

/** What to tell a person who lacks it. */
export function howToGet(name: ProgramName): string {
  return `${PROGRAMS[name].file}: ${PROGRAMS[name].howToGet}`;
}

/** The folder that e2e/tools/build fills; both name it by the same hash. */
function builtFolder(module: keyof typeof MODULES): string {
  const source = join(import.meta.dirname, '..', 'tools', MODULES[module]);
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(source, file)));
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'berth-e2e', hash.digest('hex').slice(0, 16), 'bin');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
