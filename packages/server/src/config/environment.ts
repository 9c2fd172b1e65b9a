// The only file that reads the environment.

export interface Environment {
  /** `BERTH_ADMIN_PASSWORD`; an empty one counts as not set, as compose files leave them. */
  readonly adminPassword: string | undefined;
}

// biome-ignore lint/style/noProcessEnv: this is the place for it
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return { adminPassword: variables['BERTH_ADMIN_PASSWORD'] || undefined };
}
