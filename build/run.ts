/**
 * Builds what is shipped.
 *
 *   pnpm build                          dist/berth for this machine
 *   pnpm build --target linux-arm64     dist/berth-linux-arm64, on any Linux
 *
 * Its last lines say how large the binary is and how long it takes to the first answer.
 */

import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBinary } from './binary.ts';
import { bundleProgram, ROOT } from './bundle.ts';
import { medianStartMs } from './measure.ts';
import { isThisMachine, TARGETS, type Target } from './target.ts';

const DIST = join(ROOT, 'dist');

const { values } = parseArgs({ options: { target: { type: 'string' } } });

await main(targetOf(values.target));

async function main(target: Target): Promise<void> {
  mkdirSync(DIST, { recursive: true });
  const workFolder = mkdtempSync(join(DIST, '.work-'));
  try {
    const name = isThisMachine(target) ? 'berth' : `berth-${target.name}`;
    const made = join(workFolder, name);
    const remarks = await makeBinary({ target, program: await bundleProgram(), workFolder, output: made });
    console.log(`dist/${name}: ${(statSync(made).size / 1e6).toFixed(1)} MB, ${target.name}`);
    for (const remark of remarks) console.log(`  ${remark}`);
    if (isThisMachine(target)) await printStartTimes(made, workFolder);
    renameSync(made, join(DIST, name));
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

async function printStartTimes(binary: string, folder: string): Promise<void> {
  const alone = await medianStartMs(binary, folder, ['--workers', '1']);
  const asItComes = await medianStartMs(binary, folder, []);
  console.log(
    `  first answer after ${alone.toFixed(0)} ms with one process, ${asItComes.toFixed(0)} ms as it comes`,
  );
}

function targetOf(name: string | undefined): Target {
  const target = TARGETS.find((each) => (name === undefined ? isThisMachine(each) : each.name === name));
  if (target !== undefined) return target;
  const names = TARGETS.map((each) => each.name).join(', ');
  throw new Error(
    `there is no binary for ${name ?? `${process.platform}-${process.arch}`}; there is for: ${names}`,
  );
}
