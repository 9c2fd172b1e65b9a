// `berth run`: its flags and its help.

import { Command } from 'commander';

export function runCommand(finish: (exitCode: number) => void): Command {
  return new Command('run')
    .description('Run a command beside a registry in memory that ends with it.')
    .argument('<COMMAND...>', 'what to run, after --')
    .passThroughOptions()
    .addHelpText(
      'after',
      `
The registry listens on a free port of this machine. The command finds its address in BERTH_HOST and REGISTRY, and an
account that may do everything in the folder that DOCKER_CONFIG names, and in the file of REGISTRY_AUTH_FILE, where podman
looks. Its exit code is this command's.

Example:
  $ berth run -- sh -c 'docker tag app $REGISTRY/admin/app && docker push $REGISTRY/admin/app'
`,
    )
    .action(async ([file, ...args]: readonly [string, ...string[]]) => {
      const { run } = await import('./run.ts');
      finish(await run([file, ...args]));
    });
}
