// Lets a thread give way to the others of its process. Pure: the system call is handed in.
import { BCRYPT_NICENESS } from '../limits.ts';

/**
 * Only Linux has a niceness for each thread (setpriority(2)); elsewhere the whole process would give way, and so nothing
 * is done. A sandbox may forbid the call: then it is left to the scheduler alone.
 */
export function giveWay(platform: NodeJS.Platform, setPriority: (niceness: number) => void): void {
  if (platform !== 'linux') return;
  try {
    setPriority(BCRYPT_NICENESS);
  } catch {
    // A thread that does not give way checks passwords just as well.
  }
}
