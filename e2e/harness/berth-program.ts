/**
 * Which Berth the cases run: the sources on the Node of this process, or, where BERTH_BINARY names it, the binary.
 */
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'packages', 'server', 'src', 'main.js');

/** Where `pnpm build` puts the binary. */
export const BINARY_FOLDER = join(ROOT, 'dist');

export interface BerthProgram {
  readonly file: string;
  /** What stands before Berth's own arguments. */
  readonly args: readonly string[];
}

/** @throws where BERTH_BINARY names no program: the cases would pass without having run it */
export function berthProgram(binary = process.env['BERTH_BINARY']): BerthProgram {
  if (binary === undefined || binary === '') return { file: process.execPath, args: [MAIN] };
  const file = resolve(binary);
  accessSync(file, constants.X_OK);
  return { file, args: [] };
}
