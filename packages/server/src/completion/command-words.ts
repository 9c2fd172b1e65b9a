// What may stand on the command line, as plain values for a shell: read from the commands themselves, so that there is no
// second list of them.

import { type Argument, type Command, Help, type Option } from 'commander';

/** What stands behind a flag, or alone: a shell knows files, folders and programs by itself. */
export type Value =
  | { readonly kind: 'file' | 'directory' | 'program' | 'other'; readonly name: string }
  | { readonly kind: 'choices'; readonly name: string; readonly choices: readonly string[] };

export interface Flag {
  /** `--help`, or `-h` and `--help`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Undefined: nothing stands behind it. */
  readonly value: Value | undefined;
}

export interface CommandWords {
  /** From the program on: `berth`, `config`, `check`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly flags: readonly Flag[];
  readonly commands: readonly CommandWords[];
  /** Of what stands alone; all arguments of a command are of a kind. */
  readonly argument: Value | undefined;
}

const help = new Help();

export function commandWords(command: Command, above: readonly string[] = []): CommandWords {
  const path = [...above, command.name()];
  const commands = help.visibleCommands(command);
  const names = commands.map((one) => one.name());
  return {
    path,
    description: sentence(command.description()),
    flags: help.visibleOptions(command).map(flagOf),
    commands: commands.map((one) =>
      one.name() === 'help' ? helpWords(one, path, names) : commandWords(one, path),
    ),
    argument: argumentOf(command.registeredArguments[0]),
  };
}

/** All of them, the program first. */
export function everyCommand(words: CommandWords): readonly CommandWords[] {
  return [words, ...words.commands.flatMap(everyCommand)];
}

/** commander's own: what it takes are its neighbours. */
function helpWords(command: Command, above: readonly string[], neighbours: readonly string[]): CommandWords {
  const choices = neighbours.filter((name) => name !== 'help');
  return {
    path: [...above, 'help'],
    description: sentence(command.description()),
    flags: [],
    commands: [],
    argument: { kind: 'choices', name: 'command', choices },
  };
}

function flagOf({ short, long, description, flags, argChoices }: Option): Flag {
  const name = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1];
  return {
    names: [short, long].filter((one) => one !== undefined),
    description: sentence(description),
    value: name === undefined ? undefined : valueFor(name, argChoices),
  };
}

function argumentOf(argument: Argument | undefined): Value | undefined {
  return argument && valueFor(argument.name(), argument.argChoices);
}

/** In the command line's own language the word in brackets says what it is. */
const kinds: Readonly<Record<string, 'file' | 'directory' | 'program'>> = {
  FILE: 'file',
  FILES: 'file',
  CONFIG: 'file',
  DIR: 'directory',
  COMMAND: 'program',
};

function valueFor(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return { kind: 'choices', name, choices };
  return { kind: kinds[name] ?? 'other', name };
}

/** Shells show one line. */
function sentence(description: string): string {
  return description.replace(/\s+/g, ' ').replace(/\.$/, '');
}
