/**
 * Where the API suite runs: one row for each place that a registry may keep things in. A row makes a volume, a
 * volume serves at addresses; the tests know nothing else. Requests go round the addresses, so that a place with
 * two of them shows what two processes on one volume do.
 *
 * A row that cannot take options (a program that was started) serves only without them, and stands in PLACES
 * alone, not in EMBEDDED_PLACES.
 */

import cluster from 'node:cluster';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createRegistry,
  type Driver,
  filesystemDriver,
  memoryDriver,
  openAccess,
  type Registry,
  type RegistryOptions,
} from '../../src/index.ts';
import { openBinary } from './binary-place.ts';

const binary = process.env['BERTH_BINARY'];
const workerProgram = fileURLToPath(new URL('./worker-program.ts', import.meta.url));

/** What a test may change of a registry; everything else is as it comes. */
export interface ServeOptions extends Partial<Omit<RegistryOptions, 'driver'>> {
  /** Puts something between the registry and its driver. */
  readonly wrapDriver?: (driver: Driver) => Driver;
}

export interface Service {
  /** `http://127.0.0.1:40123`, one or more, all on the same volume. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

/** A service whose inside a test may reach. */
export interface EmbeddedService extends Service {
  readonly registry: Registry;
  /** What the servers read of all connections so far. */
  receivedBytes(): number;
}

export interface Volume<Kind extends Service = Service> {
  serve(options?: ServeOptions): Promise<Kind>;
  /** The paths of all files in it; undefined where they can't be looked at. */
  files(): Promise<readonly string[] | undefined>;
  remove(): Promise<void>;
}

export interface Place<Kind extends Service = Service> {
  readonly name: string;
  open(): Promise<Volume<Kind>>;
}

export const EMBEDDED_PLACES: readonly Place<EmbeddedService>[] = [
  { name: 'memory', open: inMemory },
  { name: 'a folder', open: () => inFolder(1, 'durable') },
  // What they see of each other has nothing to do with what a power cut leaves, and syncing takes most of the time.
  { name: 'two registries on one folder', open: () => inFolder(2, 'relaxed') },
];

export const PLACES: readonly Place[] = [
  ...EMBEDDED_PLACES,
  { name: 'two workers at one address', open: inWorkers },
  ...(binary === undefined ? [] : [{ name: 'the binary', open: () => inBinary(binary) }]),
];

async function inMemory(): Promise<Volume<EmbeddedService>> {
  const driver = memoryDriver();
  return {
    serve: (options = {}) => serve([driver], options),
    files: async () => undefined,
    remove: async () => {},
  };
}

async function inFolder(
  processes: number,
  durability: 'durable' | 'relaxed',
): Promise<Volume<EmbeddedService>> {
  const rootDirectory = await mkdtemp(join(tmpdir(), 'berth-api-'));
  return {
    serve: (options = {}) =>
      serve(
        // The second has no ability that a driver may lack.
        Array.from({ length: processes }, (_, index) =>
          filesystemDriver({
            rootDirectory,
            durability,
            quickReads: index === 0,
            sendfile: index === 0,
          }),
        ),
        options,
      ),
    files: () => filesIn(rootDirectory),
    remove: () => rm(rootDirectory, { recursive: true }),
  };
}

/** Two processes, and connections that go to them in turn: nothing that one remembers is the other's. */
async function inWorkers(): Promise<Volume> {
  const rootDirectory = await mkdtemp(join(tmpdir(), 'berth-api-'));
  return {
    serve: () => startWorkers(2, rootDirectory),
    files: () => filesIn(rootDirectory),
    remove: () => rm(rootDirectory, { recursive: true }),
  };
}

async function inBinary(file: string): Promise<Volume> {
  const { rootDirectory, serve: start, remove } = await openBinary(file);
  return { serve: start, files: () => filesIn(rootDirectory), remove };
}

async function startWorkers(count: number, rootDirectory: string): Promise<Service> {
  cluster.setupPrimary({ exec: workerProgram, args: [rootDirectory], execArgv: [] });
  const workers = Array.from({ length: count }, () => cluster.fork());
  const bound = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const ports = new Set(bound.map(([address]) => address.port));
  return {
    addresses: [...ports].map((port) => `http://127.0.0.1:${port}`),
    close: async () => {
      const ended = workers.map(({ process: child }) => once(child, 'exit'));
      for (const { process: child } of workers) child.kill('SIGKILL');
      await Promise.all(ended);
    },
  };
}

async function filesIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

async function serve(drivers: readonly Driver[], options: ServeOptions): Promise<EmbeddedService> {
  const { wrapDriver = (driver: Driver) => driver, ...rest } = options;
  const registries = drivers.map((driver) =>
    createRegistry({ access: openAccess(), ...rest, driver: wrapDriver(driver) }),
  );
  const sockets: Socket[] = [];
  const servers = await Promise.all(registries.map((registry) => listen(registry, sockets)));
  const [registry] = registries;
  if (registry === undefined) throw new Error('a place needs a driver');
  return {
    addresses: servers.map((server) => `http://127.0.0.1:${portOf(server)}`),
    registry,
    receivedBytes: () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0),
    close: async () => {
      await Promise.all(servers.map(stop));
      await Promise.all(registries.map((each) => each.close()));
    },
  };
}

async function listen({ listener }: Registry, sockets: Socket[]): Promise<Server> {
  const server = createServer(listener).on('checkContinue', listener);
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}
