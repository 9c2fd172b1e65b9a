// The command line: commands, flags, help. What a command needs is loaded when it runs, so that `berth version` and
// `berth healthcheck` cost next to nothing.

import { Command, CommanderError } from 'commander';
import { certCommand } from './commands/cert-command.ts';
import { authCommand, healthcheckCommand, serveCommand, versionCommand } from './commands/commands.ts';
import { completionCommand } from './commands/completion-command.ts';
import { configCommand } from './commands/config-command.ts';
import { doctorCommand } from './commands/doctor-command.ts';
import { helpCommand } from './commands/help-command.ts';
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
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    const own = args[0] === imageWord ? await argumentsInImage(args.slice(1)) : args;
    if (own.length === 0) program.outputHelp();
    else await program.parseAsync(own, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failed(error);
  }
}

/** @param finish takes the exit code of a command that ran */
export function createProgram(finish: (exitCode: number) => void): Command {
  const program = new Command('berth')
    .description('A container registry with its own token auth, in one process.')
    .addHelpText('after', examples)
    .helpCommand(false)
    .enablePositionalOptions();
  for (const command of [
    serveCommand(finish),
    registryCommand(finish),
    authCommand(finish),
    certCommand(finish),
    configCommand(finish),
    healthcheckCommand(finish),
    runCommand(finish),
    doctorCommand(finish),
    completionCommand(finish),
    versionCommand(),
    helpCommand(),
  ]) {
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command
      .helpOption('-h, --help', 'Show this help.')
      .exitOverride()
      .configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  }
  return program;
}

const examples = `
Examples:
  $ berth serve                         a registry on :5000, data in ./berth-data
  $ berth serve --data /srv/registry    the same, data elsewhere
  $ berth help serve                    all that serve can do
`;

function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (!(error instanceof StartError)) throw error;
  for (const line of error.lines) process.stderr.write(`berth: ${line}\n`);
  return 1;
}

/** commander's "error: …\n(Did you mean …?)" in the form of all other errors. */
function oneLine(text: string): string {
  const line = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
  const isUnknown = /^unknown (?:command|option) /.test(line) && !line.includes('Did you mean');
  return `berth: ${line}${isUnknown ? '; `berth help` and `berth help COMMAND` list what there is' : ''}\n`;
}
