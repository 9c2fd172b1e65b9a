// The worker thread in which bcrypt runs, because a check holds its thread for milliseconds up to seconds.
// Started by bcrypt-pool.ts, which alone talks to it.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import { type BcryptJob, fillers } from './bcrypt-job.ts';

function check(job: BcryptJob): boolean {
  if (job.hash !== undefined && compareSync(job.password, job.hash)) return true;
  for (const hash of fillers(job)) compareSync(job.password, hash);
  return false;
}

parentPort?.on('message', (job: BcryptJob) => parentPort?.postMessage(check(job)));
