// `berth config …` on the command line.

import { Argument, Command } from 'commander';

type Finish = (exitCode: number) => void;

export function configCommand(finish: Finish): Command {
  return new Command('config')
    .description('Check configuration files, or show what is in force.')
    .helpCommand(false)
    .addCommand(checkCommand(finish))
    .addCommand(printCommand(finish))
    .addHelpText('after', '\nExample:\n  $ berth config check config.yml docker_auth.yml\n');
}

function checkCommand(finish: Finish): Command {
  return new Command('check')
    .description(
      'Tell all that is wrong with files for distribution or docker_auth; exit with 1 if anything is.',
    )
    .addArgument(new Argument('<FILES...>', 'the files; those that belong together are compared as well'))
    .addHelpText(
      'after',
      `
Keys and certificates that a file names are read, too. Variables REGISTRY_… count as they do when it is served.

Example:
  $ berth config check config.yml docker_auth.yml
`,
    )
    .action(async (files: readonly string[]) => {
      const { checkFiles } = await import('./config.ts');
      finish(await checkFiles(files, (text) => process.stdout.write(text)));
    });
}

function printCommand(finish: Finish): Command {
  return new Command('print')
    .description('Show what of a file is in force, with environment and defaults; secrets are hidden.')
    .addArgument(new Argument('[FILE]', 'the file (default: that of `berth registry`)'))
    .addHelpText('after', '\nExample:\n  $ berth config print config.yml\n')
    .action(async (file: string | undefined) => {
      const { printFile } = await import('./config.ts');
      finish(await printFile(file, (text) => process.stdout.write(text)));
    });
}
