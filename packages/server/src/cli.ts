// The command line: commands, flags, help. What a command needs is loaded when it runs, so that `berth version` and
// `berth healthcheck` cost next to nothing.

import { Command, CommanderError } from 'commander';
import { certCommand } from './commands/cert-command.ts';
import { authCommand, healthcheckCommand, serveCommand, versionCommand } from './commands/commands.ts';
import { configCommand } from './commands/config-command.ts';
import { doctorCommand } from './commands/doctor-command.ts';
import { registryCommand } from './commands/registry-command.ts';
import { runCommand } from './commands/run-command.ts';
import { StartError } from './errors.ts';
import { argumentsInImage, imageWord } from './image/image.ts';

/**
 * Runs one command to its end.
 * @param args what stands after the program's name
 * @returns the exit code: 0, or 1 after one line (or one for each mistake) on stderr
 */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('berth')
    .description('A container registry with its own token auth, in one process.')
    .addHelpText(
      'after',
      `
Examples:
  $ berth serve                         a registry on :5000, data in ./berth-data
  $ berth serve --data /srv/registry    the same, data elsewhere
  $ berth help serve                    all that serve can do
`,
    )
    .helpCommand('help [command]', 'Show what a command can do.')
    .helpOption('-h, --help', 'Show this help.')
    .enablePositionalOptions();
  const finish = (code: number) => {
    exitCode = code;
  };
  for (const command of [
    serveCommand(finish),
    registryCommand(finish),
    authCommand(finish),
    certCommand(finish),
    configCommand(finish),
    healthcheckCommand(finish),
    runCommand(finish),
    doctorCommand(finish),
    versionCommand(),
  ]) {
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command.exitOverride().configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  }
  try {
    const own = args[0] === imageWord ? await argumentsInImage(args.slice(1)) : args;
    if (own.length === 0) program.outputHelp();
    else await program.parseAsync(own, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (!(error instanceof StartError)) throw error;
  for (const line of error.lines) process.stderr.write(`berth: ${line}\n`);
  return 1;
}

/** commander's "error: …\n(Did you mean …?)" in the form of all other errors. */
function oneLine(text: string): string {
  return `berth: ${text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ')}\n`;
}
