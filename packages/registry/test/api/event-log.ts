/** The events of a registry, to look at and to wait for. */

import type { RegistryEvent } from '../../src/index.ts';

export interface EventLog {
  readonly onEvent: (event: RegistryEvent) => void;
  readonly events: readonly RegistryEvent[];
  /** The first event, past or to come, that is so. */
  first(isIt: (event: RegistryEvent) => boolean): Promise<RegistryEvent>;
}

export function eventLog(): EventLog {
  const events: RegistryEvent[] = [];
  const waiting = new Set<() => void>();
  return {
    events,
    onEvent: (event) => {
      events.push(event);
      for (const look of waiting) look();
    },
    first: (isIt) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.find(isIt);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
