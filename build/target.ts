/** For which machines there is a binary, and where its Node comes from. */

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './bundle.ts';
import { runProgram } from './run-program.ts';

export interface Target {
  readonly name: string;
  readonly arch: string;
  /** As binutils call it. */
  readonly machine: string;
}

export const TARGETS: readonly Target[] = [
  { name: 'linux-x64', arch: 'x64', machine: 'x86_64-linux-gnu' },
  { name: 'linux-arm64', arch: 'arm64', machine: 'aarch64-linux-gnu' },
];

export function isThisMachine({ arch }: Target): boolean {
  return process.platform === 'linux' && process.arch === arch;
}

/** The Node of the target, of the version that runs this: another machine's from its npm package. */
export function nodeFor(target: Target): string {
  if (isThisMachine(target)) return process.execPath;
  const version = process.version.slice(1);
  const folder = join(ROOT, 'node_modules', '.cache', 'berth-build', `node-${target.name}-${version}`);
  if (!existsSync(folder)) fetchNode(`node-${target.name}`, version, folder);
  return join(folder, 'package', 'bin', 'node');
}

function fetchNode(name: string, version: string, folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const partial = mkdtempSync(`${folder}.`);
  try {
    runProgram('npm', ['pack', '--silent', '--pack-destination', partial, `${name}@${version}`]);
    const archive = join(partial, `${name}-${version}.tgz`);
    runProgram('tar', ['-xzf', archive, '-C', partial, 'package/bin/node']);
    rmSync(archive);
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}
