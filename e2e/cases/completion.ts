/** `berth completion`, by the shells themselves: what is offered where somebody presses the key. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectThat } from '../harness/expect.ts';
import { pathForTyping } from '../harness/machine.ts';
import type { Place } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';

export const completion: Suite = {
  name: 'completion',
  needs: ['fish', 'zsh', 'sh'],
  cases: [
    { name: 'fish offers commands, flags, choices and files', run: fish },
    { name: 'zsh offers commands, flags, choices and files', run: zsh },
  ],
};

/** What is typed, and what has to be offered for it, word by word; a word that must not be has a ! in front. */
const TYPED: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['berth se', ['serve', '!registry']],
  ['berth con', ['config']],
  ['berth config ', ['check', 'print', '!serve']],
  ['berth serve --log-l', ['--log-level', '!--addr']],
  ['berth serve --log-level ', ['error', 'warn', 'info', 'debug']],
  ['berth serve --storage in', ['inmemory']],
  ['berth completion f', ['fish']],
  ['berth help heal', ['healthcheck']],
  ['berth config check con', ['configuration.yml']],
  ['berth doctor --ca con', ['configuration.yml']],
  ['berth serve --data ', ['folder', '!configuration.yml']],
];

async function fish(place: Place): Promise<string> {
  const { cwd, env } = await typist(place, 'fish');
  for (const [line, words] of TYPED) {
    const script = `source script; complete -C ${JSON.stringify(line)}`;
    const { stdout } = await place.run('fish', ['--no-config', '-c', script], { cwd, env });
    expectOffered(
      line,
      stdout.split('\n').map((one) => one.split('\t')[0] ?? ''),
      words,
    );
  }
  return `${TYPED.length} lines`;
}

/** zsh completes for a terminal only, and can be one for another zsh (zsh/zpty). */
async function zsh(place: Place): Promise<string> {
  const { cwd, env } = await typist(place, 'zsh');
  writeFileSync(join(cwd, 'driver'), ZSH_DRIVER);
  writeFileSync(join(cwd, 'setup'), ZSH_SETUP);
  for (const [line, words] of TYPED) {
    const { stdout } = await place.run('zsh', ['-f', 'driver', line], { cwd, env, limitMs: 30_000 });
    expectOffered(line, stdout.split('\n'), words);
  }
  return `${TYPED.length} lines`;
}

/** Types its argument and the key, and reads until the other shell ends. */
const ZSH_DRIVER = `zmodload zsh/zpty
rm -f offered; touch offered
zpty shell zsh -f -i
zpty -w shell 'source ./setup'
zpty -r shell line '*it is ready*'
zpty -w -n shell "$1"$'\\t'
while zpty -r shell line; do :; done
cat offered
`;

/** Everything that is offered goes through compadd: it is written down, and the shell ends. */
const ZSH_SETUP = `PS1=
unset zle_bracketed_paste
autoload -Uz compinit
compinit -u -D
source ./script
bindkey '^I' complete-word
compadd() {
  [[ " $* " == *' -'[OAD]' '* ]] && { builtin compadd "$@"; return }
  local -a words
  builtin compadd -O words "$@"
  print -rl -- $words >>offered
  builtin compadd "$@"
}
leave() { exit 0 }
comppostfuncs=(leave)
print 'it is ''ready'
`;

async function typist(place: Place, shell: string) {
  const cwd = place.dir('here');
  place.dir('here', 'folder');
  writeFileSync(join(cwd, 'configuration.yml'), '');
  const env = { PATH: pathForTyping(place, []) };
  const { stdout } = await place.run('sh', ['-ec', `berth completion ${shell}`], { cwd, env });
  writeFileSync(join(cwd, 'script'), stdout);
  return { cwd, env };
}

function expectOffered(line: string, offered: readonly string[], words: readonly string[]): void {
  for (const word of words) {
    const isUnwanted = word.startsWith('!');
    const isOffered = offered.some((one) => one.replace(/\/$/, '') === (isUnwanted ? word.slice(1) : word));
    expectThat(isOffered !== isUnwanted, `"${line}" offers ${word}: ${offered.join(' ')}`);
  }
}
