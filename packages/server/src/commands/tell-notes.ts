import type { RegistryFile } from '../config/registry-file.ts';
import type { Log } from '../log/log.ts';

/** What a configuration of distribution's says and Berth doesn't do. */
export function tellNotes({ notes }: RegistryFile, log: Log): void {
  for (const note of notes) log.warn(note);
}
