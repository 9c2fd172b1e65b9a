// What one of several processes gets of that which all of them have together. Pure.

import type { LoginAttempts } from '@berth/auth';
import type { WrongProtocol } from '../http/wrong-protocol.ts';
import { serverLimits } from '../limits.ts';

export interface Share {
  /** One process throws away what nobody finished. */
  readonly purges: boolean;
  readonly maxConnections: number;
  /** At most so many; undefined where one process has the machine. */
  readonly bcryptThreads: number | undefined;
}

/** A share, and the way to what can't be shared out. */
export interface ShareInUse extends Share {
  /** Counts wrong passwords for all; undefined where one process counts its own. */
  readonly loginAttempts: LoginAttempts | undefined;
  /** Tells the log of all; undefined where one process has its own. */
  readonly tellOfWrongProtocol: ((what: WrongProtocol) => void) | undefined;
}

/** For the process that serves alone. */
export const everything: ShareInUse = {
  purges: true,
  maxConnections: serverLimits.maxConnections,
  bcryptThreads: undefined,
  loginAttempts: undefined,
  tellOfWrongProtocol: undefined,
};

/**
 * Of `workers` processes on a machine of `cpus`, the one with this `index`: all bcrypt threads together are no more than
 * there are CPUs, as long as there are no more workers than that.
 */
export function shareOf(index: number, workers: number, cpus: number): Share {
  return {
    purges: index === 0,
    maxConnections: Math.ceil(serverLimits.maxConnections / workers),
    bcryptThreads: Math.max(1, Math.floor(cpus / workers)),
  };
}
