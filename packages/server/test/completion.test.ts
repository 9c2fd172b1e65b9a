// `berth completion`: that nothing is missing in any script, and what bash makes of its own.

import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProgram } from '../src/cli.ts';
import { commandWords, everyCommand } from '../src/completion/command-words.ts';
import { berth, cleanUp, folder } from './berth.ts';

afterEach(cleanUp);

const scripts = new Map<string, string>();

async function scriptFor(shell: string): Promise<string> {
  const known = scripts.get(shell);
  if (known !== undefined) return known;
  const { code, stdout } = await berth(['completion', shell]).ended;
  expect(code).toBe(0);
  scripts.set(shell, stdout);
  return stdout;
}

const all = everyCommand(commandWords(createProgram(() => undefined)));

test.each(['bash', 'zsh', 'fish', 'powershell'])(
  'the script for %s knows every command, flag and choice',
  async (shell) => {
    const script = await scriptFor(shell);
    const words = all.flatMap(({ path, flags, argument }) => [
      ...path,
      ...flags.flatMap(({ names, value }) => [
        // fish writes them without their dashes
        ...names.map((name) => (shell === 'fish' ? name.replace(/^-+/, '') : name)),
        ...(value?.kind === 'choices' ? value.choices : []),
      ]),
      ...(argument?.kind === 'choices' ? argument.choices : []),
    ]);
    expect(words.length).toBeGreaterThan(50);
    const missing = words.filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(script));
    expect([...new Set(missing)]).toEqual([]);
  },
);

describe('bash', () => {
  /** What is offered for the last of these words. */
  async function offered(words: readonly string[], cwd?: string): Promise<readonly string[]> {
    const program = `${await scriptFor('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _berth; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', program, 'bash', ...words], {
      cwd,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    return stdout.split('\n').filter((one) => one !== '');
  }

  test.each<[string[], string[]]>([
    [['berth', 'ser'], ['serve']],
    [
      ['berth', 'config', ''],
      ['check', 'print'],
    ],
    [['berth', 'config', 'c'], ['check']],
    [['berth', 'help', 'hea'], ['healthcheck']],
    [['berth', 'completion', 'f'], ['fish']],
    [
      ['berth', 'serve', '--tls'],
      ['--tls-cert', '--tls-key'],
    ],
    [['berth', 'serve', '--data', '/srv', '--log-f'], ['--log-format']],
    [
      ['berth', 'serve', '--log-level', ''],
      ['error', 'warn', 'info', 'debug'],
    ],
    [['berth', 'serve', '--log-level', 'in'], ['info']],
    [['berth', 'serve', '--storage', '=', 'in'], ['inmemory']],
    [
      ['berth', 'serve', '--storage', '='],
      ['filesystem', 'inmemory'],
    ],
    [['berth', 'serve', '--addr', ''], []],
    [['berth', 'config', 'check', '--'], ['--help']],
    [['berth', 'version', ''], []],
    [
      ['berth', 'nonsense', '-'],
      ['-h', '--help'],
    ],
  ])('offers for %j: %j', async (words, expected) => {
    expect(await offered(words)).toEqual(expected);
  });

  test('offers every command at the beginning', async () => {
    expect(await offered(['berth', ''])).toEqual(all[0]?.commands.map(({ path }) => path.at(-1)));
  });

  test('offers files and folders where they are meant', async () => {
    const cwd = await folder();
    await writeFile(join(cwd, 'a b.yml'), '');
    await mkdir(join(cwd, 'above'));
    expect((await offered(['berth', 'registry', 'a'], cwd)).toSorted()).toEqual(['a b.yml', 'above']);
    expect(await offered(['berth', 'serve', '--data', 'a'], cwd)).toEqual(['above']);
    expect((await offered(['berth', 'serve', '--auth-config', 'a'], cwd)).toSorted()).toEqual([
      'a b.yml',
      'above',
    ]);
    expect(await offered(['berth', 'config', 'check', 'x.yml', 'a b'], cwd)).toEqual(['a b.yml']);
  });

  test('offers programs for what is run beside a registry, and none of its own flags behind --', async () => {
    expect(await offered(['berth', 'run', '--', 'bas'])).toContain('bash');
    expect(await offered(['berth', 'run', '--', 'bash', '--'])).toEqual([]);
  });
});
