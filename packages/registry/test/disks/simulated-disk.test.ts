import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Disk, realDisk } from '../../src/drivers/filesystem/disk.ts';
import { codeOf } from '../../src/drivers/filesystem/durable-folders.ts';
import { filesystemDriver } from '../../src/drivers/filesystem/filesystem.ts';
import { describeDriver } from '../driver-suite.ts';
import { POWER_CUT, SimulatedDisk } from './simulated-disk.ts';

const clock = () => Date.now();
const newDisk = () => new SimulatedDisk({ seed: 1, clock });
const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

describeDriver('filesystem, on a simulated disk,', async () => {
  const disk = newDisk();
  return {
    driver: filesystemDriver({ rootDirectory: '/data', disk }),
    dispose: async () => expect({ openFiles: disk.openFileCount }).toEqual({ openFiles: 0 }),
  };
});

const DISKS: Record<string, () => Promise<{ disk: Disk; root: string; dispose: () => Promise<void> }>> = {
  'the simulated disk': async () => ({ disk: newDisk(), root: '', dispose: async () => {} }),
  "the operating system's disk": async () => {
    const root = await mkdtemp(join(tmpdir(), 'berth-disk-'));
    return { disk: realDisk, root, dispose: () => rm(root, { recursive: true }) };
  },
};

describe.each(Object.entries(DISKS))('%s', (_name, makeDisk) => {
  let disk: Disk;
  let root: string;
  let dispose: () => Promise<void>;

  beforeEach(async () => {
    ({ disk, root, dispose } = await makeDisk());
    await disk.mkdir(`${root}/folder`);
    await write(disk, `${root}/file`, 'content');
  });

  afterEach(() => dispose());

  const calls: [string, (root: string) => Promise<unknown>, string | undefined][] = [
    ['reading what is missing', () => disk.open(`${root}/no`, 'read'), 'ENOENT'],
    ['reading below a file', () => disk.open(`${root}/file/x`, 'read'), 'ENOTDIR'],
    ['opening a file as a folder', () => disk.open(`${root}/file`, 'folder'), 'ENOTDIR'],
    ['creating what is there', () => disk.open(`${root}/file`, 'create'), 'EEXIST'],
    ['creating where no folder is', () => disk.open(`${root}/no/file`, 'create'), 'ENOENT'],
    ['facts of what is missing', () => disk.facts(`${root}/no`), 'ENOENT'],
    ['facts below a file', () => disk.facts(`${root}/file/x`), 'ENOTDIR'],
    ['making a folder that is there', () => disk.mkdir(`${root}/folder`), 'EEXIST'],
    ['making a folder where a file is', () => disk.mkdir(`${root}/file`), 'EEXIST'],
    ['making a folder where no folder is', () => disk.mkdir(`${root}/no/folder`), 'ENOENT'],
    ['linking to what is there', () => disk.link(`${root}/file`, `${root}/folder`), 'EEXIST'],
    ['linking what is missing', () => disk.link(`${root}/no`, `${root}/new`), 'ENOENT'],
    ['linking a folder', () => disk.link(`${root}/folder`, `${root}/new`), 'EPERM'],
    ['renaming what is missing', () => disk.rename(`${root}/no`, `${root}/new`), 'ENOENT'],
    ['renaming into no folder', () => disk.rename(`${root}/file`, `${root}/no/new`), 'ENOENT'],
    ['renaming a file to a folder', () => disk.rename(`${root}/file`, `${root}/folder`), 'EISDIR'],
    ['removing what is missing', () => disk.unlink(`${root}/no`), 'ENOENT'],
    ['removing a folder as a file', () => disk.unlink(`${root}/folder`), 'EISDIR'],
    ['removing a file as a folder', () => disk.rmdir(`${root}/file`), 'ENOTDIR'],
    ['removing a folder that is missing', () => disk.rmdir(`${root}/no`), 'ENOENT'],
    ['listing what is missing', () => disk.readdir(`${root}/no`), 'ENOENT'],
    ['listing a file', () => disk.readdir(`${root}/file`), 'ENOTDIR'],
  ];

  test.each(calls)('%s fails', async (_what, call, code) => {
    expect(await codeFrom(call(root))).toBe(code);
  });

  test('refuses to remove a folder that has something in it', async () => {
    await write(disk, `${root}/folder/file`, 'x');
    expect(await codeFrom(disk.rmdir(`${root}/folder`))).toBe('ENOTEMPTY');
  });

  test('renames over what is there, links a second name, and keeps a removed file for whoever has it open', async () => {
    await write(disk, `${root}/folder/other`, 'other');
    await disk.link(`${root}/file`, `${root}/second`);
    await disk.rename(`${root}/folder/other`, `${root}/file`);
    expect(await read(disk, `${root}/file`)).toBe('other');
    expect(await read(disk, `${root}/second`)).toBe('content');
    const open = await disk.open(`${root}/second`, 'read');
    await disk.unlink(`${root}/second`);
    expect((await open.facts()).sizeBytes).toBe(7);
    await open.close();
    expect(await disk.readdir(`${root}/folder`)).toEqual([]);
    expect([...(await disk.readdir(root || '/'))].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'file', kind: 'file' },
      { name: 'folder', kind: 'folder' },
    ]);
  });

  test('leaves both names where they are when one file is renamed to its own second name', async () => {
    await disk.link(`${root}/file`, `${root}/second`);
    await disk.rename(`${root}/file`, `${root}/second`);
    expect(await read(disk, `${root}/file`)).toBe('content');
  });
});

describe('a power cut', () => {
  test('leaves what was synced, content and names', async () => {
    const disk = newDisk();
    await disk.mkdir('/a');
    await write(disk, '/a/file', 'content');
    await sync(disk, '/a/file', 'read');
    await sync(disk, '/a', 'folder');
    await sync(disk, '/', 'folder');
    for (const after of cuts(disk)) expect(textAt(after, '/a/file')).toBe('content');
  });

  test('may take, tear, shorten or blank what was not synced, and sometimes leaves it', async () => {
    const disk = newDisk();
    const content = 'x'.repeat(10_000);
    await write(disk, '/file', content);
    await sync(disk, '/', 'folder');
    const found = cuts(disk).map((after) => textAt(after, '/file'));
    expect(found).toContain('');
    expect(found).toContain(content);
    expect(found).toContain('\0'.repeat(10_000));
    expect(found.some((text) => text?.length === 10_000 && /^x+\0+$/.test(text))).toBe(true);
    expect(found.some((text) => text !== undefined && text.length < 10_000 && /^x+$/.test(text))).toBe(true);
    expect(found.some((text) => text !== undefined && /^\0{4096,8192}x+$/.test(text))).toBe(true);
  });

  test('may take a name whose folder was not synced, or the folder itself', async () => {
    const disk = newDisk();
    await disk.mkdir('/a');
    await write(disk, '/a/file', 'content');
    await sync(disk, '/a/file', 'read');
    const withoutSync = cuts(disk).map((after) => after.entries().has('/a/file'));
    expect(new Set(withoutSync)).toEqual(new Set([true, false]));
    await sync(disk, '/a', 'folder');
    const onlyInner = cuts(disk).map((after) => [...after.entries().keys()].join());
    expect(new Set(onlyInner)).toEqual(new Set(['', '/a,/a/file']));
  });

  test('renames within one folder whole or not at all', async () => {
    const disk = await twoFiles('/old', '/new');
    await disk.rename('/old', '/new');
    const found = new Set(cuts(disk).map((after) => `${textAt(after, '/old')} ${textAt(after, '/new')}`));
    expect(found).toEqual(new Set(['first second', 'undefined first']));
  });

  test('may leave both names of a rename between folders, never neither', async () => {
    const disk = await twoFiles('/a/old', '/b/other');
    await disk.rename('/a/old', '/b/new');
    const seen = (of: SimulatedDisk) =>
      new Set(cuts(of).map((after) => `${textAt(after, '/a/old')} ${textAt(after, '/b/new')}`));
    expect(seen(disk)).toEqual(new Set(['first undefined', 'first first', 'undefined first']));
    await sync(disk, '/a', 'folder');
    expect(seen(disk)).toEqual(new Set(['undefined first']));
  });

  test('does not take a file with a folder that it was moved out of', async () => {
    const disk = await twoFiles('/a/old', '/b/other');
    await disk.rename('/a/old', '/b/new');
    await disk.rmdir('/a');
    await sync(disk, '/', 'folder');
    for (const after of cuts(disk)) expect(textAt(after, '/b/new')).toBe('first');
  });

  test('may bring back a removed file until its folder is synced', async () => {
    const disk = await twoFiles('/a/file', '/b/other');
    await disk.unlink('/a/file');
    expect(new Set(cuts(disk).map((after) => textAt(after, '/a/file')))).toEqual(
      new Set(['first', undefined]),
    );
    await sync(disk, '/a', 'folder');
    expect(new Set(cuts(disk).map((after) => textAt(after, '/a/file')))).toEqual(new Set([undefined]));
  });

  test('loses content whose sync failed, also when a later sync says yes', async () => {
    const disk = newDisk();
    await write(disk, '/file', 'content');
    await sync(disk, '/', 'folder');
    disk.fault = ({ kind }) => (kind === 'file-sync' ? 'EIO' : undefined);
    expect(await codeFrom(sync(disk, '/file', 'read'))).toBe('EIO');
    disk.fault = () => undefined;
    await sync(disk, '/file', 'read');
    expect(await read(disk, '/file')).toBe('content');
    for (const after of cuts(disk)) expect(textAt(after, '/file')).not.toBe('content');
  });

  test('fails every call from its moment on', async () => {
    const disk = newDisk();
    await disk.mkdir('/a');
    disk.fault = ({ number }) => (number === 2 ? POWER_CUT : undefined);
    expect(await codeFrom(disk.mkdir('/b'))).toBe('EIO');
    expect(await codeFrom(disk.mkdir('/c'))).toBe('EIO');
    expect(disk.hasPower).toBe(false);
    expect([...disk.entries().keys()]).toEqual(['/a']);
  });
});

function cuts(disk: SimulatedDisk): SimulatedDisk[] {
  return SEEDS.map((seed) => disk.afterPowerCut({ seed, clock }));
}

/** Two files, `first` and `second`, with all that is on the way to them, all durable. */
async function twoFiles(first: string, second: string): Promise<SimulatedDisk> {
  const disk = newDisk();
  for (const folder of ['/a', '/b']) await disk.mkdir(folder);
  await write(disk, first, 'first');
  await write(disk, second, 'second');
  return disk.copy({ seed: 1, clock });
}

function textAt(disk: SimulatedDisk, path: string): string | undefined {
  return disk.entries().get(path)?.toString();
}

async function write(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.open(path, 'create');
  await file.write([Buffer.from(text)], 0);
  await file.close();
}

async function read(disk: Disk, path: string): Promise<string> {
  const file = await disk.open(path, 'read');
  const bytes = Buffer.alloc((await file.facts()).sizeBytes);
  for (let offset = 0; offset < bytes.byteLength; ) offset += await file.read(bytes.subarray(offset), offset);
  await file.close();
  return bytes.toString();
}

async function sync(disk: Disk, path: string, how: 'read' | 'folder'): Promise<void> {
  const file = await disk.open(path, how);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function codeFrom(work: Promise<unknown>): Promise<string | undefined> {
  return await work.then(() => undefined, codeOf);
}
