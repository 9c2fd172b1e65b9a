// The worker thread in which bcrypt runs, because a check holds its thread for milliseconds up to seconds.
// Started by bcrypt-pool.ts, which alone talks to it.
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import { type BcryptJob, checkPassword } from './bcrypt-job.ts';
import { giveWay } from './give-way.ts';

giveWay(process.platform, setPriority);

parentPort?.on('message', (job: BcryptJob) => parentPort?.postMessage(checkPassword(job, compareSync)));
