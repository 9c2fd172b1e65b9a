// `berth registry` on the command line.

import { Argument, Command } from 'commander';
import { beginFirstWorker } from '../workers/first-worker.ts';

export function registryCommand(finish: (exitCode: number) => void): Command {
  return new Command('registry')
    .description("Run the registry alone, as distribution's config.yml says.")
    .addArgument(
      new Argument(
        '[CONFIG]',
        'the configuration (default: what REGISTRY_CONFIGURATION_PATH names, or the first that is there of /etc/distribution/config.yml and /etc/docker/registry/config.yml)',
      ),
    )
    .addHelpText(
      'after',
      `
Variables REGISTRY_… go over the file: REGISTRY_STORAGE_DELETE_ENABLED=true sets storage.delete.enabled, and
REGISTRY_HTTP_TLS_CIPHERSUITES_0 the first of a list. Values are YAML. With _FILE at its end a variable names a file that
holds the value.

Without an auth section everybody may do everything; the log warns of it.

Example:
  $ berth registry config.yml
`,
    )
    .action(async (file: string | undefined) => {
      beginFirstWorker();
      const { registry } = await import('./registry.ts');
      finish(await registry(file));
    });
}
