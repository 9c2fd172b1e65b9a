// The worker thread in which bcrypt runs, because a check holds its thread for milliseconds up to seconds.
// Started by bcrypt-pool.ts, which alone may talk to it.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import { nobodysHash } from './bcrypt-hash.ts';

export interface BcryptJob {
  readonly password: string;
  /** Undefined: there is nothing to compare with, only time to be taken. */
  readonly hash: string | undefined;
  /** The cost of `hash`; without one, where the filling starts. */
  readonly cost: number;
  /** A wrong password takes as long as one check of this cost. */
  readonly fillToCost: number;
}

function check({ password, hash, cost, fillToCost }: BcryptJob): boolean {
  if (hash !== undefined && compareSync(password, hash)) return true;
  if (hash === undefined) {
    compareSync(password, nobodysHash(fillToCost));
    return false;
  }
  // Each cost doubles the time: 2^c + (2^c + 2^(c+1) + … + 2^(n-1)) = 2^n.
  for (let filled = cost; filled < fillToCost; filled++) compareSync(password, nobodysHash(filled));
  return false;
}

parentPort?.on('message', (job: BcryptJob) => parentPort?.postMessage(check(job)));
