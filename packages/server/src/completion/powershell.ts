// Completion for PowerShell, 5.1 and newer. What it offers no words for, it completes by files itself.

import { type CommandWords, everyCommand, type Value } from './command-words.ts';

/** @returns a script for $PROFILE */
export function powershellScript(words: CommandWords): string {
  const commands = everyCommand(words);
  return `# Completion of berth for PowerShell; made by: berth completion powershell
Register-ArgumentCompleter -Native -CommandName berth, berth.exe -ScriptBlock {
  param($current, $ast, $position)
  $words = @{
${commands.map(wordsOf).join('\n')}
  }
  $values = @{
${commands.flatMap(valuesOf).join('\n')}
  }
  $typed = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
  $path = 'berth'
  foreach ($word in ($typed | Select-Object -Skip 1)) {
    if ($word -eq '--') { return }
    if ($words.ContainsKey("$path $word")) { $path = "$path $word" }
  }
  $behind = "$path $($typed[-1])"
  $offered = if ($typed.Count -gt 1 -and $values.ContainsKey($behind)) { $values[$behind] } else { $words[$path] }
  $offered | Where-Object { $_[0] -like "$current*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
  }
}
`;
}

function wordsOf({ path, commands, flags, argument }: CommandWords): string {
  const offered = [
    ...commands.map((one) => pair(one.path.at(-1) ?? '', one.description)),
    ...choicesOf(argument).map((choice) => pair(choice, choice)),
    ...flags.flatMap(({ names, description }) => names.map((name) => pair(name, description))),
  ];
  return `    ${quoted(path.join(' '))} = ${list(offered)}`;
}

/** Nothing is offered for a value that can be anything, so that no flag is in its place. */
function valuesOf({ path, flags }: CommandWords): readonly string[] {
  return flags.flatMap(({ names, value }) =>
    value === undefined
      ? []
      : names.map((name) => {
          const offered = choicesOf(value).map((choice) => pair(choice, choice));
          return `    ${quoted([...path, name].join(' '))} = ${list(offered)}`;
        }),
  );
}

function choicesOf(value: Value | undefined): readonly string[] {
  return value?.kind === 'choices' ? value.choices : [];
}

/** The comma in front keeps an array of one in its array. */
const pair = (word: string, description: string): string =>
  `,@(${quoted(word)}, ${quoted(description || word)})`;

const list = (pairs: readonly string[]): string => `@(${pairs.join('; ')})`;

function quoted(words: string): string {
  return `'${words.replace(/['‘’]/g, '$&$&')}'`;
}
