// `berth completion`: a script for a shell, made of the commands as they are.

import { Argument, Command } from 'commander';
import type { CommandWords } from '../completion/command-words.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

export function completionCommand(finish: (exitCode: number) => void): Command {
  return new Command('completion')
    .description('Print what makes a shell complete commands, flags and their values.')
    .addArgument(new Argument('<SHELL>', 'whose script').choices(shells))
    .addHelpText('after', help)
    .action(async (shell: (typeof shells)[number], _flags: unknown, { parent }: Command) => {
      const { commandWords } = await import('../completion/command-words.ts');
      if (parent !== null) process.stdout.write((await scriptFor(shell))(commandWords(parent)));
      finish(0);
    });
}

async function scriptFor(shell: (typeof shells)[number]): Promise<(words: CommandWords) => string> {
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.ts')).bashScript;
    case 'zsh':
      return (await import('../completion/zsh.ts')).zshScript;
    case 'fish':
      return (await import('../completion/fish.ts')).fishScript;
    case 'powershell':
      return (await import('../completion/powershell.ts')).powershellScript;
    default:
      return shell satisfies never;
  }
}

const help = `
Examples:
  $ berth completion bash >/etc/bash_completion.d/berth
  $ echo 'source <(berth completion bash)' >>~/.bashrc
  $ berth completion zsh >"\${fpath[1]}/_berth"
  $ berth completion fish >~/.config/fish/completions/berth.fish
  PS> Add-Content $PROFILE 'berth completion powershell | Out-String | Invoke-Expression'
`;
