// The only file that reads the environment.

import { serverLimits } from '../limits.ts';

/** Variables of the environment by their names. */
export type Variables = Readonly<Record<string, string | undefined>>;

export interface Environment {
  /** `BERTH_ADMIN_PASSWORD`; an empty one counts as not set, as compose files leave them. */
  readonly adminPassword: string | undefined;
  /** `REGISTRY_CONFIGURATION_PATH`: distribution's own variable. */
  readonly configurationPath: string | undefined;
  /** `REGISTRY_…`: they go over the values of a configuration file. */
  readonly variables: Variables;
}

// biome-ignore lint/style/noProcessEnv: this is the place for it
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return {
    adminPassword: variables['BERTH_ADMIN_PASSWORD'] || undefined,
    configurationPath: variables['REGISTRY_CONFIGURATION_PATH'] || undefined,
    variables,
  };
}

/**
 * `REGISTRY_CONFIGURATION_PATH` names the file itself. `REGISTRY_AUTH_FILE` is where podman, skopeo and buildah keep their
 * logins: whoever has set it doesn't mean a registry.
 */
const notKeys: ReadonlySet<string> = new Set(['REGISTRY_CONFIGURATION_PATH', 'REGISTRY_AUTH_FILE']);

/** Whether a variable stands for a key of a registry's configuration. */
export function isRegistryVariable(name: string, value: string | undefined): boolean {
  return name.startsWith(registryPrefix) && !notKeys.has(name) && !isServiceLink(name, value ?? '');
}

const number = /^\d{1,5}$/;
const transport = '(?:tcp|udp|sctp)';
const url = new RegExp(`^${transport}://[\\w.:[\\]-]+:\\d{1,5}$`);

/** Kubernetes' variables for a service, and docker's for a link, whose forms these are: the end of a name, and its value. */
const serviceLinks: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, /^[\w.:-]+$/],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, number],
  [/_PORT$/, url],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)$/, url],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_ADDR$/, /^[\w.:-]+$/],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PORT$/, number],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PROTO$/, new RegExp(`^${transport}$`)],
];

/**
 * A service that is called `registry`, or `registry-…`, puts such variables into every container of its namespace
 * (Kubernetes, "Discovering services"). No key is called so.
 */
function isServiceLink(name: string, value: string): boolean {
  return serviceLinks.some(([names, values]) => names.test(name) && values.test(value));
}

/** In front of the keys of a registry's configuration. */
export const registryPrefix = 'REGISTRY_';

/** Has no effect once the first of the threads has been used. `UV_THREADPOOL_SIZE` is Node's own variable. */
export function reserveDiskThreads(): void {
  // biome-ignore lint/style/noProcessEnv: this is the place for it
  process.env['UV_THREADPOOL_SIZE'] ||= String(serverLimits.diskThreads);
}

/** For a command that is run with the environment of whoever started this one. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: this is the place for it
  return process.env;
}

/** What `berth doctor` takes from the environment, as a client of a registry. */
export interface ClientEnvironment {
  /** `BERTH_PASSWORD`; an empty one counts as not set. */
  readonly password: string | undefined;
  /** `DOCKER_CONFIG`: the folder of docker's config.json, in place of ~/.docker. */
  readonly dockerConfigDirectory: string | undefined;
}

// biome-ignore lint/style/noProcessEnv: this is the place for it
export function readClientEnvironment(variables: NodeJS.ProcessEnv = process.env): ClientEnvironment {
  return {
    password: variables['BERTH_PASSWORD'] || undefined,
    dockerConfigDirectory: variables['DOCKER_CONFIG'] || undefined,
  };
}
