/** Listings of folders that change, on a disk whose clock ticks as slowly as one likes. */

import fc from 'fast-check';
import type { Disk } from '../src/drivers/filesystem/disk.ts';
import { FolderClock } from '../src/drivers/filesystem/folder-clock.ts';
import { Listings, pageOf } from '../src/drivers/filesystem/listings.ts';
import { SimulatedDisk } from './disks/simulated-disk.ts';

const FOLDER = '/tags';
const PROBES = '/probes';
const TICK_MS = 10;

/** A folder on a disk that stamps what changes with a clock of ticks, and what may be known of it. */
class Setting {
  nowMs = Date.UTC(2026, 0, 1);
  reads = 0;
  readonly disk: SimulatedDisk;
  readonly listings: Listings;

  private constructor(hasProbe: boolean, nowMs?: () => number) {
    this.disk = new SimulatedDisk({
      seed: 1,
      clock: () => Math.floor(this.nowMs / TICK_MS) * TICK_MS,
      turn: async () => {},
    });
    const counting: Disk = Object.assign(Object.create(this.disk) as Disk, {
      open: (path: string, how: 'read') => this.disk.open(path, how),
      facts: (path: string) => this.disk.facts(path),
      unlink: (path: string) => this.disk.unlink(path),
      names: (path: string) => {
        this.reads += 1;
        return this.disk.names(path);
      },
    });
    let probes = 0;
    const clock = new FolderClock({
      disk: counting,
      nowMs: nowMs ?? (() => this.nowMs),
      probePath: hasProbe ? () => `${PROBES}/${++probes}` : undefined,
    });
    this.listings = new Listings(counting, clock);
  }

  static async make(hasProbe: boolean, nowMs?: () => number): Promise<Setting> {
    const setting = new Setting(hasProbe, nowMs);
    for (const folder of [FOLDER, PROBES]) await setting.disk.mkdir(folder);
    return setting;
  }

  add = (name: string): Promise<void> => this.disk.mkdir(`${FOLDER}/${name}`);
  remove = (name: string): Promise<void> => this.disk.rmdir(`${FOLDER}/${name}`);
  names = (): Promise<readonly string[]> => this.listings.namesIn(FOLDER);

  /** How often the folder is read for `count` listings, one after the other. */
  async readsFor(count: number): Promise<number> {
    const before = this.reads;
    for (let index = 0; index < count; index += 1) await this.names();
    return this.reads - before;
  }
}

describe('a listing', () => {
  test('is right whatever changes between two of them, and however little time has gone by', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({ toggle: name }),
      fc.record({ waitMs: fc.constantFrom(1, 4, TICK_MS, 2500) }),
      fc.constant('list' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, hasProbe) => {
        const setting = await Setting.make(hasProbe);
        const there = new Set<string>();
        for (const each of steps) {
          if (each === 'list') expect(await setting.names()).toEqual([...there].sort());
          else if ('waitMs' in each) setting.nowMs += each.waitMs;
          else if (there.delete(each.toggle)) await setting.remove(each.toggle);
          else {
            there.add(each.toggle);
            await setting.add(each.toggle);
          }
        }
        expect(await setting.names()).toEqual([...there].sort());
      }),
      { numRuns: 300 },
    );
  });

  test('reads a folder once that was not changed for a while', async () => {
    const setting = await Setting.make(false);
    await setting.add('a');
    setting.nowMs += 2500;
    expect(await setting.readsFor(5)).toBe(1);
  });

  test('reads a folder once that was changed a moment ago, where the filesystem tells its time', async () => {
    const setting = await Setting.make(true);
    await setting.add('a');
    setting.nowMs += TICK_MS;
    expect(await setting.readsFor(5)).toBe(1);
    await setting.add('b');
    setting.nowMs += TICK_MS;
    expect(await setting.readsFor(5)).toBe(1);
    expect(await setting.names()).toEqual(['a', 'b']);
  });

  test('reads it each time as long as another change could come in the same tick', async () => {
    const setting = await Setting.make(true);
    await setting.add('a');
    expect(await setting.readsFor(3)).toBe(3);
  });

  test('is not remembered by this machine’s clock where that is ahead of the filesystem’s', async () => {
    const ahead = Date.UTC(2026, 0, 1) + 1000;
    const setting = await Setting.make(true, () => ahead);
    await setting.add('a');
    await setting.names();
    await setting.add('b');
    expect(await setting.names()).toEqual(['a', 'b']);
  });

  test('leaves no probe behind, and does without one where none can be made', async () => {
    const setting = await Setting.make(true);
    await setting.add('a');
    await setting.names();
    expect(await setting.disk.names(PROBES)).toEqual([]);
    await setting.disk.rmdir(PROBES);
    expect(await setting.names()).toEqual(['a']);
  });

  test('asked for by many at once is read for all of them, after they asked', async () => {
    const setting = await Setting.make(true);
    await setting.add('a');
    const first = Array.from({ length: 20 }, setting.names);
    const added = setting.add('b').then(() => Array.from({ length: 20 }, setting.names));
    for (const names of await Promise.all(first)) expect(names[0]).toBe('a');
    for (const names of await Promise.all(await added)) expect(names).toEqual(['a', 'b']);
    expect(setting.reads).toBeLessThanOrEqual(4);
  });

  test('fails for those who asked, and not for those who ask again', async () => {
    const setting = await Setting.make(false);
    await setting.add('a');
    setting.disk.fault = ({ kind }) => (kind === 'readdir' ? 'EIO' : undefined);
    const results = await Promise.allSettled(Array.from({ length: 3 }, setting.names));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    setting.disk.fault = () => undefined;
    expect(await setting.names()).toEqual(['a']);
  });

  test('of what is no folder is empty', async () => {
    const setting = await Setting.make(false);
    expect(await setting.listings.namesIn(`${FOLDER}/none`)).toEqual([]);
    const file = await setting.disk.open(`${FOLDER}/file`, 'create');
    await file.close();
    expect(await setting.listings.namesIn(`${FOLDER}/file`)).toEqual([]);
  });
});

test('a page of names in order is what filtering and cutting gives', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 30 });
  fc.assert(
    fc.property(names, fc.string({ maxLength: 3 }), fc.nat(35), (all, after, limit) => {
      const sorted = [...all].sort();
      expect(pageOf(sorted, after, limit)).toEqual(
        sorted.filter((name) => after === '' || name > after).slice(0, limit),
      );
    }),
  );
});
