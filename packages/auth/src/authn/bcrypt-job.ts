// What a bcrypt thread is asked, and how much it does for it. Pure: bcrypt itself is handed in.
import { bcryptCost, nobodysHash } from './bcrypt-hash.ts';

export interface BcryptJob {
  readonly password: string;
  /** Undefined: there is nothing to compare with, only time to be taken. */
  readonly hash: string | undefined;
  /** A wrong password takes as long as one comparison of this cost. */
  readonly fillToCost: number;
}

/** Whether the password is right; a wrong one is compared with more hashes until the time is filled. */
export function checkPassword(job: BcryptJob, compare: (password: string, hash: string) => boolean): boolean {
  if (job.hash !== undefined && compare(job.password, job.hash)) return true;
  for (const hash of fillers(job)) compare(job.password, hash);
  return false;
}

/** Each cost doubles the time, so from c up to n it is 2^c + (2^c + 2^(c+1) + … + 2^(n-1)) = 2^n. */
function fillers({ hash, fillToCost }: BcryptJob): readonly string[] {
  if (hash === undefined) return [nobodysHash(fillToCost)];
  const cost = bcryptCost(hash) ?? fillToCost;
  return Array.from({ length: Math.max(0, fillToCost - cost) }, (_, index) => nobodysHash(cost + index));
}
