// What a bcrypt thread is asked, and how much it does for it. Pure.
import { bcryptCost, nobodysHash } from './bcrypt-hash.ts';

export interface BcryptJob {
  readonly password: string;
  /** Undefined: there is nothing to compare with, only time to be taken. */
  readonly hash: string | undefined;
  /** A wrong password takes as long as one comparison of this cost. */
  readonly fillToCost: number;
}

/**
 * The hashes that a wrong password is compared with after its own. Each cost doubles the time, so from the
 * hash's own cost c up to n it is 2^c + (2^c + 2^(c+1) + … + 2^(n-1)) = 2^n.
 */
export function fillers({ hash, fillToCost }: BcryptJob): readonly string[] {
  if (hash === undefined) return [nobodysHash(fillToCost)];
  const cost = bcryptCost(hash) ?? fillToCost;
  return Array.from({ length: Math.max(0, fillToCost - cost) }, (_, index) => nobodysHash(cost + index));
}
