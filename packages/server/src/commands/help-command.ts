// `berth help`: commander's own shows the help of the whole program where a name is wrong.

import { Command } from 'commander';
import { nearest } from '../config/nearest.ts';

export function helpCommand(): Command {
  return new Command('help')
    .description('Show what a command can do.')
    .argument('[NAME...]', 'of the command, as in config check')
    .addHelpText('after', '\nExample:\n  $ berth help config check\n')
    .action((names: readonly string[], _flags: unknown, { parent }: Command) => {
      let command = parent;
      for (const name of names) command = command && subcommand(command, name);
      command?.outputHelp();
    });
}

/** Ends the program with exit code 1 and the nearest one where there is none. */
function subcommand(command: Command, name: string): Command {
  const found = command.commands.find((one) => one.name() === name);
  if (found !== undefined) return found;
  const suggestion = nearest(
    name,
    command.commands.map((one) => one.name()),
  );
  const hint = suggestion === undefined ? '' : ` (Did you mean ${suggestion}?)`;
  return command.error(`error: unknown command '${name}'${hint}`, { code: 'commander.unknownCommand' });
}
