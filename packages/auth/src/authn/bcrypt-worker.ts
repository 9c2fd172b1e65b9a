// The worker thread in which bcrypt runs, because a check holds its thread for milliseconds up to seconds.
// Started by bcrypt-pool.ts, which alone talks to it.
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import { BCRYPT_NICENESS } from '../limits.ts';
import { type BcryptJob, checkPassword } from './bcrypt-job.ts';

// Only on Linux it is this thread's alone (setpriority(2)); elsewhere the whole process would give way.
if (process.platform === 'linux') setPriority(BCRYPT_NICENESS);

parentPort?.on('message', (job: BcryptJob) => parentPort?.postMessage(checkPassword(job, compareSync)));
