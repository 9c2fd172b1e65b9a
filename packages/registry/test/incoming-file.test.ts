import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesystemDriver } from '../src/drivers/filesystem/filesystem.ts';
import { type Disk, type DiskFile, realDisk } from '../src/index.ts';

const CHUNK = Buffer.alloc(1024 * 1024, 'x');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-incoming-'));
});
afterEach(() => rm(folder, { recursive: true }));

function* chunks(count: number): Iterable<readonly Uint8Array[]> {
  for (let index = 0; index < count; index += 1) yield [CHUNK];
}

/** A disk whose files are changed on their way out. */
function diskWith(change: (file: DiskFile) => Partial<DiskFile>): Disk {
  return {
    ...realDisk,
    open: async (path, how) => {
      const file = await realDisk.open(path, how);
      return { ...file, ...change(file) };
    },
  };
}

async function leftOvers(): Promise<string[]> {
  return await readdir(join(folder, 'berth', 'tmp'));
}

describe('a large file that comes in', () => {
  test('is on its way to the disk before its last byte has come', async () => {
    let synced = 0;
    const disk = diskWith((file) => ({
      sync: async () => {
        synced += 1;
        await file.sync();
      },
    }));
    await filesystemDriver({ rootDirectory: folder, disk }).stage(chunks(40));
    expect(synced).toBeGreaterThan(0);
  });

  test('is not synced at all where nobody asks for durability', async () => {
    const disk = diskWith(() => ({ sync: () => Promise.reject(new Error('nobody asked')) }));
    const driver = filesystemDriver({ rootDirectory: folder, disk, durability: 'relaxed' });
    expect((await driver.stage(chunks(40))).sizeBytes).toBe(40 * CHUNK.byteLength);
  });

  test('is thrown away when a sync on the way fails, as a later one may say yes to what is lost', async () => {
    const failure = Object.assign(new Error('input/output error'), { code: 'EIO' });
    let syncs = 0;
    const disk = diskWith((file) => ({
      sync: () => {
        syncs += 1;
        return syncs === 1 ? Promise.reject(failure) : file.sync();
      },
    }));
    const driver = filesystemDriver({ rootDirectory: folder, disk });
    await expect(driver.stage(chunks(40))).rejects.toBe(failure);
    expect(await leftOvers()).toEqual([]);
  });

  test('is thrown away when a write in the middle fails, and its file is closed once nothing writes to it', async () => {
    const failure = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    let writing = 0;
    let writesAtClose: number | undefined;
    const disk = diskWith((file) => ({
      write: async (parts, offset) => {
        if (offset > 5 * CHUNK.byteLength) throw failure;
        writing += 1;
        await file.write(parts, offset);
        writing -= 1;
      },
      close: async () => {
        writesAtClose = writing;
        await file.close();
      },
    }));
    const driver = filesystemDriver({ rootDirectory: folder, disk });
    await expect(driver.stage(chunks(40))).rejects.toMatchObject({ failure: 'full' });
    expect(writesAtClose).toBe(0);
    expect(await leftOvers()).toEqual([]);
  });
});
