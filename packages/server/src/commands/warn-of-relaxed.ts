// Said at every start: what may be lost, to who asked for it.

import type { RegistryOptions } from '../config/serve-options.ts';
import type { Log } from '../log/log.ts';

/** @param isSetBy a flag, or a key of a file */
export function warnOfRelaxed(
  { dataDirectory, durability }: Pick<RegistryOptions, 'dataDirectory' | 'durability'>,
  isSetBy: string,
  log: Log,
): void {
  if (dataDirectory === undefined || durability !== 'relaxed') return;
  log.warn(
    `${isSetBy} relaxed: what was pushed, moved or deleted in the last half minute or so may be lost, or damaged, when the power fails or the machine crashes`,
  );
}
