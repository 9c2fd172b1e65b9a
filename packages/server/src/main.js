#!/usr/bin/env node
// The program: arguments in, exit code out.
//
// JavaScript, as it runs before compiled sources are there to be had: for a single file with types, Node loads the
// compiler that takes them out, and its 16 MB stay for as long as the process.

import cluster from 'node:cluster';
import { join } from 'node:path';

// The binary has no folder; it is compiled already, and was built with the same flag (build/binary.ts).
if (import.meta.dirname !== undefined) {
  // Young objects keep the 1 MiB that their space starts with. Left alone, V8 lets it grow to 32 MiB as soon as requests
  // come, for garbage that smaller steps collect as fast: what lives longer is in streams and caches. The limit itself
  // (--max-semi-space-size) is read while the heap is made, before a program's first line; the factor whenever it may
  // grow.
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
  // Sources are kept as compiled, without their types, beside the modules: later starts take less time and memory.
  const compiled = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'berth');
  process.getBuiltinModule('node:module').enableCompileCache(compiled);
}

// No await at the top: a bundle for the binary is no ES module (build/bundle.ts).
void main();

async function main() {
  // Before anything is read from the disk by a promise.
  const { reserveDiskThreads } = await import('./config/environment.ts');
  reserveDiskThreads();
  const { run } = cluster.isWorker ? await import('./workers/worker.ts') : await import('./cli.ts');
  process.exit(await run(process.argv.slice(2)));
}
