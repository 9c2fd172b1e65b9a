// Completion for zsh, by its own _arguments: as a file of $fpath, or sourced.

import type { CommandWords, Flag, Value } from './command-words.ts';

/** @returns a script to be autoloaded as _berth, or sourced */
export function zshScript(words: CommandWords): string {
  return `#compdef berth
# Completion of berth for zsh; made by: berth completion zsh
${functionsOf(words)}
if [ "$funcstack[1]" = _berth ]; then _berth "$@"; else compdef _berth berth; fi
`;
}

const functionOf = ({ path }: CommandWords): string => `_${path.join('_')}`;

function functionsOf(words: CommandWords): string {
  const own = words.commands.length === 0 ? leaf(words) : group(words);
  return [...words.commands.map(functionsOf), own].join('\n');
}

function leaf(words: CommandWords): string {
  const argument =
    words.argument === undefined ? [] : [`'*:${text(words.argument.name)}:${action(words.argument)}'`];
  return `${functionOf(words)}() {
  _arguments ${[...words.flags.map(flagSpec), ...argument].join(' ')}
}`;
}

function group(words: CommandWords): string {
  const described = words.commands.map(
    ({ path, description }) => `    '${text(path.at(-1) ?? '')}:${text(description)}'`,
  );
  const cases = words.commands.map((one) => `      ${one.path.at(-1)}) ${functionOf(one)} ;;`);
  return `${functionOf(words)}() {
  local state line
  local -a commands=(
${described.join('\n')}
  )
  _arguments -C ${words.flags.map(flagSpec).join(' ')} '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest) case $line[1] in
${cases.join('\n')}
    esac ;;
  esac
}`;
}

/** One of its names keeps the others from being offered. */
function flagSpec({ names, description, value }: Flag): string {
  const behind = value === undefined ? '' : `:${text(value.name)}:${action(value)}`;
  const excluded = names.length > 1 ? `'(${names.join(' ')})'` : '';
  const alternatives = names.length > 1 ? `{${names.join(',')}}` : (names[0] ?? '');
  return `${excluded}${alternatives}'[${text(description)}]${behind}'`;
}

function action(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `(${value.choices.join(' ')})`;
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'program':
      return '_normal';
    case 'other':
      return ' ';
    default:
      return value satisfies never;
  }
}

/** Within single quotes, where brackets and colons have a meaning. */
function text(words: string): string {
  return words.replace(/[\\[\]:]/g, '\\$&').replaceAll("'", "'\\''");
}
