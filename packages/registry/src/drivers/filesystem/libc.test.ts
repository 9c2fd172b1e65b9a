import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxCalls } from './libc.ts';

const { emitWarning, getBuiltinModule } = process;

afterEach(() => {
  Object.assign(process, { emitWarning, getBuiltinModule });
});

test('only the warning that FFI is experimental is kept from users', () => {
  const shown: string[] = [];
  Object.assign(process, {
    emitWarning: (warning: string) => shown.push(warning),
    getBuiltinModule: () => {
      process.emitWarning('FFI is an experimental feature and might change at any time');
      process.emitWarning('something else');
    },
  });
  linuxCalls();
  process.emitWarning('FFI is an experimental feature, as somebody else found out');
  const isLinux = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  expect(shown).toEqual([
    ...(isLinux ? ['something else'] : []),
    'FFI is an experimental feature, as somebody else found out',
  ]);
});

test.each([
  ['has no FFI', () => undefined],
  [
    'may not use it',
    () => {
      throw new Error('Access to this API has been restricted');
    },
  ],
  [
    'has a C library without the calls',
    () => ({
      dlopen: () => {
        throw new Error('undefined symbol: sendfile');
      },
    }),
  ],
])('there are no calls where Node %s', (_, module) => {
  Object.assign(process, { getBuiltinModule: module });
  expect(linuxCalls()).toBeUndefined();
});

test('calls that fail say so by their result alone', () => {
  const calls = linuxCalls();
  if (calls === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'berth-libc-'));
  const file = join(folder, 'file');
  const target = join(folder, 'target');
  writeFileSync(file, '0123456789');
  const [from, to] = [openSync(file, 'r'), openSync(target, 'w')];
  expect(calls.sendfile(to, from, 4, 3)).toBe(3);
  expect(calls.sendfile(to, from, 10, 3)).toBe(0);
  expect(calls.sendfile(to, -1, 0, 3)).toBe(-1);
  expect(calls.sendfile(from, to, 0, 3)).toBe(-1);
  expect(calls.cachedPages(-1, 0, 3)).toBe(-1);
  for (const descriptor of [from, to]) closeSync(descriptor);
  expect(readFileSync(target, 'utf8')).toBe('456');
  rmSync(folder, { recursive: true });
});
