// The log of a process that serves, as its options say.

import type { ProcessOptions } from '../config/serve-options.ts';
import { createLog, type Log } from './log.ts';
import { writeOut } from './stdout.ts';

export function processLog({ logLevel, logFormat, logFields, logRequests }: ProcessOptions): Log {
  return createLog({
    level: logLevel,
    format: logFormat,
    fields: logFields,
    requests: logRequests,
    write: writeOut,
  });
}
