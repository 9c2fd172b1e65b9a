#!/usr/bin/env node
// The program: arguments in, exit code out.

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { reserveDiskThreads } from './config/environment.ts';

// Before anything is read from the disk.
reserveDiskThreads();

// Sources are kept as compiled, without their types, beside the modules: later starts take less time and memory.
enableCompileCache(join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'berth'));

const { run } = await import('./cli.ts');

process.exit(await run(process.argv.slice(2)));
