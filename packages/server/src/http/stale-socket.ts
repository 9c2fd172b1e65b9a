// A socket that a dead process left behind would keep its name for ever.

import { rm, stat } from 'node:fs/promises';
import type { ListenAddress } from '../config/listen-address.ts';

/** Makes way for the socket of `address`; other files stay. To be called once, before any process listens there. */
export async function removeStaleSocket(address: ListenAddress): Promise<void> {
  if (address.kind !== 'unix') return;
  const facts = await stat(address.path).catch(() => undefined);
  if (facts?.isSocket()) await rm(address.path);
}
