// `berth serve CONFIG`: as a configuration of distribution's says, with Berth's own accounts where it has no auth.

import { readEnvironment } from '../config/environment.ts';
import { registryOptions } from '../config/registry-settings.ts';
import type { ServeOptions } from '../config/serve-options.ts';
import { StartError } from '../errors.ts';
import { readRegistryFile, serveAlone } from './registry.ts';
import { serve } from './serve.ts';

/** What a file of distribution's has no key for. */
export type OwnAccountOptions = Pick<ServeOptions, 'service' | 'authConfigFile'>;

/**
 * Serves until a signal ends it.
 * @param givenFlags of {@link OwnAccountOptions}, as they were typed
 * @returns the exit code
 * @throws StartError
 */
export async function serveConfig(
  file: string,
  own: OwnAccountOptions,
  givenFlags: readonly string[],
): Promise<number> {
  const from = await readRegistryFile(file);
  if (from.access.kind !== 'open') {
    if (givenFlags.length === 0) return serveAlone(from);
    throw new StartError(
      `${givenFlags.join(' and ')} has no meaning with ${file}, whose auth section says who gets in; leave one of them out`,
    );
  }
  const { adminPassword } = readEnvironment();
  const options = { ...registryOptions(from), ...own, tls: from.keyPair, adminPassword };
  return serve(options, from);
}
