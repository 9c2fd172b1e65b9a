/** Syncs of folders that several wait for: each sync that counts begins after the name was there. */

import { DurableFolders } from '../src/drivers/filesystem/durable-folders.ts';
import { type Disk, realDisk } from '../src/index.ts';

interface PendingSync {
  readonly path: string;
  done(): void;
  fail(code: string): void;
}

/** A disk whose syncs of folders end when the test says so. */
function diskWith(pending: PendingSync[]): Disk {
  return {
    ...realDisk,
    facts: async (path) => ({
      kind: 'folder',
      sizeBytes: 0,
      modifiedAtNs: 0n,
      changedAtNs: 0n,
      identity: BigInt(path.length),
    }),
    open: async (path) => ({
      write: async () => {},
      read: async () => 0,
      facts: async () => ({ kind: 'folder', sizeBytes: 0, modifiedAtNs: 0n, changedAtNs: 0n, identity: 1n }),
      sync: () =>
        new Promise<void>((resolve, reject) => {
          const fail = (code: string) => reject(Object.assign(new Error(code), { code }));
          pending.push({ path, done: resolve, fail });
        }),
      close: async () => {},
    }),
  };
}

/** Lets everything go on that waits for nothing but its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

let pending: PendingSync[];
let folders: DurableFolders;
beforeEach(async () => {
  pending = [];
  folders = new DurableFolders(diskWith(pending), '/data');
  const first = folders.sync(['/data/a']);
  await endAll();
  await first;
});

async function endAll(): Promise<void> {
  for (await settled(); pending.length > 0; await settled())
    for (const sync of pending.splice(0)) sync.done();
}

function outcomes(works: readonly Promise<void>[]): string[] {
  const seen = works.map(() => 'waits');
  for (const [index, work] of works.entries()) {
    work.then(
      () => {
        seen[index] = 'done';
      },
      (error) => {
        seen[index] = error.code;
      },
    );
  }
  return seen;
}

test('a folder and those above it are synced at once, and what is known is not synced again', async () => {
  const deep = folders.sync(['/data/a/b/c']);
  await settled();
  expect(pending.map(({ path }) => path).sort()).toEqual(['/data/a', '/data/a/b', '/data/a/b/c']);
  await endAll();
  await deep;
  const again = folders.sync(['/data/a/b/c']);
  await settled();
  expect(pending.map(({ path }) => path)).toEqual(['/data/a/b/c']);
  await endAll();
  await again;
});

test('many who wait for one folder share the sync that begins after they asked', async () => {
  const first = folders.sync(['/data/a']);
  await settled();
  const seen = outcomes([first, ...Array.from({ length: 9 }, () => folders.sync(['/data/a']))]);
  await settled();
  expect(pending).toHaveLength(1);
  pending.shift()?.done();
  await settled();
  expect(seen).toEqual(['done', ...Array(9).fill('waits')]);
  expect(pending).toHaveLength(1);
  pending.shift()?.done();
  await settled();
  expect(seen).toEqual(Array(10).fill('done'));
  expect(pending).toHaveLength(0);
});

test('a sync that fails fails for all who wait for it or behind it, and for nobody who asks later', async () => {
  const first = folders.sync(['/data/a']);
  await settled();
  const seen = outcomes([first, folders.sync(['/data/a']), folders.sync(['/data/a'])]);
  await settled();
  pending.shift()?.fail('EIO');
  await settled();
  expect(seen).toEqual(['EIO', 'EIO', 'EIO']);
  const later = folders.sync(['/data/a']);
  await endAll();
  await later;
});

test('who waits behind the sync of a folder that was removed meanwhile gets a sync of the new one', async () => {
  const first = folders.sync(['/data/a']);
  await settled();
  const seen = outcomes([first, folders.sync(['/data/a'])]);
  await settled();
  pending.shift()?.fail('ENOENT');
  await settled();
  expect(seen).toEqual(['done', 'waits']);
  await endAll();
  expect(seen).toEqual(['done', 'done']);
});

test('a folder is not known to be durable when one above it could not be synced', async () => {
  const failing = outcomes([folders.sync(['/data/a/b/c'])]);
  await settled();
  for (const sync of pending.splice(0)) {
    if (sync.path === '/data/a') sync.fail('EIO');
    else sync.done();
  }
  await settled();
  expect(failing).toEqual(['EIO']);
  const again = folders.sync(['/data/a/b/c']);
  await settled();
  expect(pending.map(({ path }) => path).sort()).toEqual(['/data/a', '/data/a/b', '/data/a/b/c']);
  await endAll();
  await again;
});
