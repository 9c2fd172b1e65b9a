/**
 * The checker of the crash tests is worth what it finds: each of these disks lies, and each of these volumes has
 * something wrong with it, and it has to say so.
 */

import type { Disk } from '../src/drivers/filesystem/disk.ts';
import { check } from './crash/checker.ts';
import { artifactOf, imageOf, layerOf } from './crash/images.ts';
import type { Scenario } from './crash/scenarios.ts';
import { cutPowerAt, prepare } from './crash/trials.ts';
import { ROOT_DIRECTORY, World, type WorldOptions } from './crash/world.ts';
import { renamingByCopy, withoutAtomicRename, withoutSyncs } from './disks/lying-disks.ts';

const APP = 'team/app';
const [first, second] = [
  imageOf('first', [layerOf('first', 5000)]),
  imageOf('second', [layerOf('second', 100)]),
];
const signature = artifactOf('signature', first);

const PUSH: Scenario = {
  name: 'a push',
  during: [(client) => client.pushImage(APP, '1', first)],
  after: (client) => client.pushImage(APP, '1', first),
};

const MOVE: Scenario = {
  name: 'a tag that moves',
  before: async (client) => {
    await client.pushImage(APP, '1', first);
    await client.pushImage(APP, '2', second);
  },
  during: [(client) => client.pushManifest(APP, '1', second)],
  after: (client) => client.pushManifest(APP, '1', second),
};

const DELETE: Scenario = {
  name: 'a delete',
  before: (client) => client.pushImage(APP, '1', first),
  during: [(client) => client.deleteTag(APP, '1')],
  after: (client) => client.pushImage(APP, '1', first),
};

const TREE = `${ROOT_DIRECTORY}/docker/registry/v2`;
const isFolderOfOneFile = (path: string) => /\/([0-9a-f]{64}|current)$/.test(path);

const LIES: readonly [lie: string, scenario: Scenario, options: WorldOptions][] = [
  ['acknowledges before anything is on the disk', PUSH, { durability: 'relaxed' }],
  ['acknowledges a delete that is not on the disk', DELETE, { durability: 'relaxed' }],
  ['ignores syncs of files', PUSH, lying((how) => how !== 'folder')],
  ['ignores syncs of folders', PUSH, lying((how) => how === 'folder')],
  ['ignores syncs of folders, in a delete', DELETE, lying((how) => how === 'folder')],
  [
    'ignores syncs of the folders above a new one',
    PUSH,
    lying((how, path) => how === 'folder' && !isFolderOfOneFile(path)),
  ],
  [
    'ignores the sync of the folder that holds the root',
    PUSH,
    lying((how, path) => how === 'folder' && path === '/srv'),
  ],
  ['takes the old file away before the new one comes', MOVE, { between: withoutAtomicRename }],
  ['renames by copying', PUSH, { between: renamingByCopy }],
];

describe('a power cut shows a disk that', () => {
  test.each(LIES)('%s', async (_lie, scenario, options) => {
    const stage = await prepare(scenario, options);
    const calls = await stage.callsFor(0);
    let found: readonly string[] = [];
    for (let number = calls.length + 1; found.length === 0 && number > 0; number -= 1) {
      for (let seed = 0; found.length === 0 && seed < 10; seed += 1) {
        found = await cutPowerAt(stage, number, { seed, goesOn: false });
      }
    }
    expect(found).not.toEqual([]);
  });
});

const WRONGS: readonly [wrong: string, change: (disk: Disk, files: readonly string[]) => Promise<void>][] = [
  ['a blob that is gone', (disk) => disk.unlink(blobPath(layerDigest()))],
  ['a blob that is torn', (disk) => overwrite(disk, blobPath(layerDigest()), 'torn')],
  ['a manifest whose data is gone', (disk) => disk.unlink(blobPath(first.digest))],
  [
    "a blob's link that is gone",
    (disk, files) => disk.unlink(named(files, `_layers/.*${hexOf(layerDigest())}`)),
  ],
  [
    "a manifest's link that is gone",
    (disk, files) => disk.unlink(named(files, `revisions/.*${hexOf(first.digest)}`)),
  ],
  ['a tag that is gone', (disk, files) => disk.unlink(named(files, 'tags/1/current'))],
  ['a tag that is empty', (disk, files) => overwrite(disk, named(files, 'tags/1/current'), '')],
  [
    'a tag that names what is not there',
    (disk, files) => overwrite(disk, named(files, 'tags/1/current'), layerOf('nowhere', 10).digest),
  ],
  [
    'a tag that names another manifest than it was acknowledged for',
    (disk, files) => overwrite(disk, named(files, 'tags/1/current'), signature.digest),
  ],
  [
    'a referrer that nothing finds by its subject',
    async (disk, files) => {
      const link = named(files, '_referrers/');
      await disk.unlink(link);
      await disk.rmdir(link.slice(0, link.lastIndexOf('/')));
    },
  ],
  [
    'a link that holds another digest',
    (disk, files) => overwrite(disk, named(files, '_layers/'), first.digest),
  ],
  ['a file that belongs nowhere', (disk) => overwrite(disk, `${TREE}/repositories/team/stray`, '')],
];

describe('the checker finds', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.empty({});
    await world.run([
      async (client) => {
        await client.pushImage(APP, '1', first);
        await client.pushMissing(APP, undefined, signature);
      },
    ]);
  });

  test('nothing in a volume where all is well', async () => {
    expect((await check(world)).problems).toEqual([]);
  });

  test.each(WRONGS)('%s', async (_wrong, change) => {
    const { disk } = world;
    await change(disk, [...disk.entries().keys()]);
    const restarted = world.copy(0, world.history);
    expect((await check(restarted)).problems).not.toEqual([]);
  });
});

function lying(isIgnored: Parameters<typeof withoutSyncs>[1]): WorldOptions {
  return { between: (disk) => withoutSyncs(disk, isIgnored) };
}

function layerDigest(): string {
  return layerOf('first', 5000).digest;
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

function blobPath(digest: string): string {
  const hex = hexOf(digest);
  return `${TREE}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
}

/** The link below `pattern`. */
function named(files: readonly string[], pattern: string): string {
  const found = files.find((path) => new RegExp(`${pattern}.*link$`).test(path));
  if (found === undefined) throw new Error(`there is no link ${pattern}`);
  return found;
}

async function overwrite(disk: Disk, path: string, text: string): Promise<void> {
  await disk.unlink(path).catch(() => undefined);
  const file = await disk.open(path, 'create');
  await file.write([Buffer.from(text)], 0);
  await file.close();
}
