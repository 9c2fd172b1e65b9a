/** Disks that don't keep what they promise: the checker must find each of them out. */

import type { Disk } from '../../src/drivers/filesystem/disk.ts';

/** Says yes to a sync of what `isIgnored` names, without doing it. */
export function withoutSyncs(
  disk: Disk,
  isIgnored: (how: 'read' | 'create' | 'folder', path: string) => boolean,
): Disk {
  return {
    ...callsOf(disk),
    open: async (path, how) => {
      const file = await disk.open(path, how);
      return isIgnored(how, path) ? { ...file, sync: async () => {} } : file;
    },
  };
}

/** Replaces a file by taking the old one away first. */
export function withoutAtomicRename(disk: Disk): Disk {
  return {
    ...callsOf(disk),
    rename: async (from, to) => {
      await disk.unlink(to).catch(() => undefined);
      await disk.rename(from, to);
    },
  };
}

/** Renames by writing the content to the new name, as a copy between two filesystems does. */
export function renamingByCopy(disk: Disk): Disk {
  return {
    ...callsOf(disk),
    rename: async (from, to) => {
      const source = await disk.open(from, 'read');
      const { sizeBytes } = await source.facts();
      const bytes = Buffer.alloc(sizeBytes);
      for (let offset = 0; offset < sizeBytes; ) offset += await source.read(bytes.subarray(offset), offset);
      await source.close();
      await disk.unlink(to).catch(() => undefined);
      const target = await disk.open(to, 'create');
      await target.write([bytes], 0);
      await target.close();
      await disk.unlink(from);
    },
  };
}

function callsOf(disk: Disk): Disk {
  return {
    open: (path, how) => disk.open(path, how),
    facts: (path) => disk.facts(path),
    mkdir: (path) => disk.mkdir(path),
    rename: (from, to) => disk.rename(from, to),
    link: (from, to) => disk.link(from, to),
    unlink: (path) => disk.unlink(path),
    rmdir: (path) => disk.rmdir(path),
    readdir: (path) => disk.readdir(path),
    names: (path, limit) => disk.names(path, limit),
  };
}
