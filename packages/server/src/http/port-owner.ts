// Which process listens on a port, as Linux tells in /proc; elsewhere, or for another user's process, nobody knows.

import { readdir, readFile, readlink } from 'node:fs/promises';

/** `name (pid 123)`, or undefined. Never throws. */
export async function portOwner(port: number): Promise<string | undefined> {
  try {
    const inodes = await listeningInodes(port);
    return inodes.size === 0 ? undefined : await processWith(inodes);
  } catch {
    return undefined;
  }
}

const listening = '0A';

async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === listening && local?.endsWith(`:${hexPort}`) && inode) inodes.add(`socket:[${inode}]`);
    }
  }
  return inodes;
}

async function processWith(inodes: ReadonlySet<string>): Promise<string | undefined> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (!inodes.has(target)) continue;
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a process')).trim();
      return `${name} (pid ${pid})`;
    }
  }
  return undefined;
}
