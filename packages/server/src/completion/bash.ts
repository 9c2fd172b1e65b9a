// Completion for bash, from the 3.2 of macOS on: no arrays by name, no mapfile.

import { type CommandWords, everyCommand, type Value } from './command-words.ts';

/** @returns a script to be sourced */
export function bashScript(words: CommandWords): string {
  const commands = everyCommand(words);
  return `# Completion of berth for bash; made by: berth completion bash
_berth() {
  COMPREPLY=()
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path=${words.path[0]} index word
  # --flag=value comes in three words.
  if [ "$current" = = ]; then current=
  elif [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [ "$word" = -- ]; then before=; break; fi
    case "$path $word" in
${below(commands)}
    esac
  done
  case "$path $before" in
${behindFlags(commands)}
  esac
  if [ "$word" != -- ] && [ "\${current#-}" != "$current" ]; then
    case "$path" in
${flags(commands)}
    esac
    return
  fi
  case "$path" in
${alone(commands)}
  esac
}
_berth_words() { _berth_take -W "$1"; }
_berth_files() { compopt -o filenames 2>/dev/null; _berth_take -f; }
_berth_folders() { compopt -o filenames 2>/dev/null; _berth_take -d; }
_berth_programs() { _berth_take -c; _berth_take -f; }
_berth_take() {
  local one
  while IFS= read -r one; do COMPREPLY+=("$one"); done < <(compgen "$@" -- "$current")
}
complete -F _berth berth
`;
}

const pathOf = ({ path }: CommandWords): string => path.join(' ');

function below(commands: readonly CommandWords[]): string {
  return lines(commands.slice(1).map((one) => `      '${pathOf(one)}') path='${pathOf(one)}' ;;`));
}

function behindFlags(commands: readonly CommandWords[]): string {
  return lines(
    commands.flatMap((one) =>
      one.flags.flatMap(({ names, value }) =>
        value === undefined
          ? []
          : [
              `    ${names.map((name) => `'${pathOf(one)} ${name}'`).join(' | ')}) ${offer(value)}; return ;;`,
            ],
      ),
    ),
  );
}

function flags(commands: readonly CommandWords[]): string {
  return lines(
    commands
      .filter((one) => one.flags.length > 0)
      .map(
        (one) =>
          `      '${pathOf(one)}') _berth_words '${one.flags.flatMap(({ names }) => names).join(' ')}' ;;`,
      ),
  );
}

function alone(commands: readonly CommandWords[]): string {
  return lines(
    commands.flatMap((one) => {
      const names = one.commands.map(({ path }) => path.at(-1)).join(' ');
      if (names !== '') return [`    '${pathOf(one)}') _berth_words '${names}' ;;`];
      return one.argument === undefined ? [] : [`    '${pathOf(one)}') ${offer(one.argument)} ;;`];
    }),
  );
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `_berth_words '${value.choices.join(' ')}'`;
    case 'file':
      return '_berth_files';
    case 'directory':
      return '_berth_folders';
    case 'program':
      return '_berth_programs';
    case 'other':
      return ':';
    default:
      return value satisfies never;
  }
}

const lines = (all: readonly string[]): string => all.join('\n');
