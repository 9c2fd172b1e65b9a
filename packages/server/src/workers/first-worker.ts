// The first worker of a primary, begun before anybody knows what it will serve: it loads what it needs on one processor
// while the primary reads the configuration on another.

import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Life, type Work } from './life.ts';

// In the binary there is no such file: it takes the name for an argument, and a worker reads none.
const program = fileURLToPath(new URL('../main.js', import.meta.url));

interface Begun {
  readonly life: Life;
  readonly give: (work: Work) => void;
}

/** A process is the primary of its workers once. */
let begun: Begun | undefined;

/** To be called by whoever expects to have workers; without two processors it would only be in the way. */
export function beginFirstWorker(): void {
  if (availableParallelism() === 1) return;
  setUpWorkers();
  const { promise, resolve } = Promise.withResolvers<Work>();
  begun = { life: new Life(promise), give: resolve };
}

/** The one that was begun, or a new one. */
export function firstWorker(work: Work): Life {
  if (begun === undefined) return new Life(work);
  const { life, give } = begun;
  begun = undefined;
  give(work);
  return life;
}

/** There are to be no workers after all. */
export function dismissFirstWorker(): void {
  begun?.life.kill();
  begun = undefined;
}

export function setUpWorkers(): void {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    exec: program,
    args: process.argv.slice(2),
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}
