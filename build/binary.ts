/** The binary: Node without its symbols, with the program and what is compiled of it inside. */

import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCodeCache, V8_FLAGS } from './code-cache.ts';
import { runProgram } from './run-program.ts';
import { isThisMachine, nodeFor, type Target } from './target.ts';

const FIRST_LINES = join(import.meta.dirname, 'program', 'run.cjs');

export interface BinaryOptions {
  readonly target: Target;
  /** The bundled program. */
  readonly program: string;
  /** An empty folder for what is made on the way. */
  readonly workFolder: string;
  readonly output: string;
}

/** @returns what a person should know of it */
export async function makeBinary({ target, program, workFolder, output }: BinaryOptions): Promise<string[]> {
  const remarks: string[] = [];
  const node = join(workFolder, 'node');
  copyFileSync(nodeFor(target), node);
  if (!strip(node, target)) remarks.push(`not stripped: no strip for ${target.machine} is on this machine`);

  const source = join(workFolder, 'berth.js');
  writeFileSync(source, `(function (require, module, exports) {${program.replace(/^#!.*/, '')}\n})`);
  const assets: Record<string, string> = { 'berth.js': source };
  if (isThisMachine(target)) {
    assets['berth.cache'] = join(workFolder, 'berth.cache');
    await makeCodeCache(node, source, assets['berth.cache']);
  } else {
    remarks.push('without a code cache, which only a machine of that kind can make: it starts slower');
  }
  putTogether(workFolder, { executable: node, output, assets });
  return remarks;
}

/** Before anything is put into the file, which has no room for changes afterwards. Whether it could be done. */
function strip(file: string, target: Target): boolean {
  for (const program of [
    `${target.machine}-strip`,
    ...(isThisMachine(target) ? ['strip'] : []),
    'llvm-strip',
  ]) {
    try {
      runProgram(program, [file]);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return false;
}

interface Parts {
  readonly executable: string;
  readonly output: string;
  readonly assets: Readonly<Record<string, string>>;
}

/** Node's single executable application. The environment may give Node options (NODE_OPTIONS); arguments are Berth's. */
function putTogether(workFolder: string, parts: Parts): void {
  const configuration = join(workFolder, 'sea.json');
  const isOwn = parts.assets['berth.cache'] !== undefined;
  writeFileSync(
    configuration,
    JSON.stringify({
      main: FIRST_LINES,
      disableExperimentalSEAWarning: true,
      useCodeCache: isOwn,
      execArgv: V8_FLAGS,
      execArgvExtension: 'env',
      ...parts,
    }),
  );
  runProgram(process.execPath, ['--build-sea', configuration]);
}
