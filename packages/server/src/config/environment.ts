// The only file that reads the environment.

import { serverLimits } from '../limits.ts';

export interface Environment {
  /** `BERTH_ADMIN_PASSWORD`; an empty one counts as not set, as compose files leave them. */
  readonly adminPassword: string | undefined;
}

// biome-ignore lint/style/noProcessEnv: this is the place for it
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return { adminPassword: variables['BERTH_ADMIN_PASSWORD'] || undefined };
}

/** Has no effect once the first of the threads has been used. `UV_THREADPOOL_SIZE` is Node's own variable. */
export function reserveDiskThreads(): void {
  // biome-ignore lint/style/noProcessEnv: this is the place for it
  process.env['UV_THREADPOOL_SIZE'] ||= String(serverLimits.diskThreads);
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
