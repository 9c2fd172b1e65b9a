// Completion for fish: a line for each word.

import { type CommandWords, everyCommand, type Flag, type Value } from './command-words.ts';

/** @returns a script for fish's folder of completions, or to be sourced */
export function fishScript(words: CommandWords): string {
  const lines = everyCommand(words).flatMap((one) => [
    ...one.commands.map(
      ({ path, description }) => `${start(where(one))} -a ${path.at(-1)} -d ${quoted(description)}`,
    ),
    ...one.flags.map((flag) => `${start(where(one))} ${flagWords(flag)}`),
    ...(one.argument === undefined ? [] : [`${start(where(one))} ${valueWords(one.argument)}`]),
  ]);
  return `# Completion of berth for fish; made by: berth completion fish
complete -c berth -f
${lines.join('\n')}
`;
}

const start = (condition: string): string => `complete -c berth -n ${quoted(condition)}`;

/** Whether the command that is typed is this one, and none below it yet. */
function where({ path, commands }: CommandWords): string {
  const [, ...above] = path;
  const seen = above.map((name) => `__fish_seen_subcommand_from ${name}`);
  const below = commands.map((one) => one.path.at(-1)).join(' ');
  const notSeen = below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`];
  return [...seen, ...notSeen].join('; and ');
}

function flagWords({ names, description, value }: Flag): string {
  const words = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const behind = value === undefined ? '' : ` ${value.kind === 'other' ? '-x' : `-r ${valueWords(value)}`}`;
  return `${words.join(' ')}${behind} -d ${quoted(description)}`;
}

/** `-f`: nothing of fish's own, `-F`: files. */
function valueWords(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `-f -a ${quoted(value.choices.join(' '))}`;
    case 'file':
      return '-F';
    case 'directory':
      return "-f -a '(__fish_complete_directories)'";
    case 'program':
      return "-F -a '(__fish_complete_subcommand)'";
    case 'other':
      return '-f';
    default:
      return value satisfies never;
  }
}

function quoted(words: string): string {
  return `'${words.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
