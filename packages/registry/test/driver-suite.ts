/**
 * The contract of a driver (src/drivers/driver.ts) as tests. Every driver passes it by one line in
 * drivers.test.ts; what a driver can't do is no reason to leave a test out.
 */

import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chunks } from '../src/chunks.ts';
import { type Content, type Driver, isDriverFailure, type Staged } from '../src/drivers/driver.ts';
import { parseRepositoryName, parseTag } from '../src/names.ts';
import { repositoryFolder, type StorePath, tagFolder, tagLink, tagsFolder } from '../src/store/layout.ts';

/** A driver with nothing in it, and how to be rid of it. */
export interface DriverUnderTest {
  readonly driver: Driver;
  readonly dispose: () => Promise<void>;
}

const MIB = 1024 * 1024;
const DURABLE = { durable: true };
const ONCE = { durable: true, ifAbsent: true };

const repository = required(parseRepositoryName('a/b'));
const tagNamed = (text: string) => required(parseTag(text));
const fileAt = (text: string): StorePath => tagLink(repository, tagNamed(text));
const folderAt = (text: string): StorePath => tagFolder(repository, tagNamed(text));
const parent = tagsFolder(repository);

/** @param makeDriver gives a new, empty driver for each test */
export function describeDriver(name: string, makeDriver: () => Promise<DriverUnderTest>): void {
  describe(`the ${name} driver`, () => {
    let underTest: DriverUnderTest;
    let driver: Driver;

    beforeEach(async () => {
      underTest = await makeDriver();
      driver = underTest.driver;
    });

    afterEach(async () => {
      const leftBehind = await driver.sweepStaged(Number.POSITIVE_INFINITY);
      await driver.close();
      await underTest.dispose();
      expect({ leftBehind }).toEqual({ leftBehind: 0 });
    });

    const put = (path: StorePath, text: string) => driver.writeSmall(path, Buffer.from(text), DURABLE);
    const text = async (path: StorePath) => (await driver.readSmall(path, MIB)).toString();
    const stage = (content: string) => driver.stage([[Buffer.from(content)]]);

    describe('files', () => {
      test('are missing before they are written', async () => {
        await expectFailure(driver.stat(fileAt('t')), 'missing');
        await expectFailure(driver.open(fileAt('t')), 'missing');
        await expectFailure(driver.readSmall(fileAt('t'), MIB), 'missing');
        await expectFailure(driver.take(fileAt('t')), 'missing');
        await expectFailure(driver.delete(fileAt('t')), 'missing');
      });

      test('are missing where there is a folder', async () => {
        await put(fileAt('t'), 'one');
        await expectFailure(driver.stat(folderAt('t')), 'missing');
        await expectFailure(driver.open(folderAt('t')), 'missing');
        await expectFailure(driver.readSmall(folderAt('t'), MIB), 'missing');
      });

      test('are told without a promise as with one, where the driver can', async () => {
        if (driver.quick === undefined) return;
        await put(fileAt('t'), 'twelve bytes');
        const { sizeBytes } = await driver.stat(fileAt('t'));
        expect(driver.quick.stat(fileAt('t'))).toMatchObject({ sizeBytes });
        expect(String(driver.quick.readWhole(fileAt('t'), 12))).toBe('twelve bytes');
        expect(driver.quick.readWhole(fileAt('t'), 11)).toBeUndefined();
        expect(driver.quick.stat(fileAt('none'))).toBe('missing');
        expect(driver.quick.readWhole(fileAt('none'), 12)).toBe('missing');
      });

      test('have the size of what was written and a time', async () => {
        await put(fileAt('t'), 'twelve bytes');
        const facts = await driver.stat(fileAt('t'));
        expect(facts.sizeBytes).toBe(12);
        expect(facts.modifiedAtMs).toBeGreaterThan(0);
        const content = await driver.open(fileAt('t'));
        expect(content.sizeBytes).toBe(12);

        await content.close();
      });

      test('may be empty', async () => {
        await driver.writeSmall(fileAt('small'), new Uint8Array(0), DURABLE);
        await driver.place(await driver.stage([]), fileAt('staged'), DURABLE);
        for (const path of [fileAt('small'), fileAt('staged')]) {
          expect((await driver.stat(path)).sizeBytes).toBe(0);
          expect(await text(path)).toBe('');
          expect(await contentOf(driver, path)).toHaveLength(0);
        }
      });

      test('are read from any offset, up to their end', async () => {
        await put(fileAt('t'), '0123456789');
        const content = await driver.open(fileAt('t'));
        expect(await textFrom(content, 3, 4)).toBe('3456');
        expect(await textFrom(content, 8, 4)).toBe('89');
        expect(await content.read(Buffer.alloc(4), 10)).toBe(0);
        expect(await content.read(Buffer.alloc(4), 1000)).toBe(0);
        await content.close();
      });

      test('go on by their descriptor as they are read, where the driver can, and never beyond their end', async () => {
        await put(fileAt('t'), '0123456789');
        const content = await driver.open(fileAt('t'));
        // What a descriptor is of is all the same to the ability, and a file is looked at afterwards.
        const target = join(tmpdir(), `berth-target-${randomUUID()}`);
        const descriptor = openSync(target, 'w');
        const { sendfile = () => 'refused' } = content;
        try {
          const went = [sendfile(descriptor, 3, 4), sendfile(descriptor, 8, 2), sendfile(descriptor, 10, 5)];
          await content.close();
          went.push(sendfile(descriptor, 0, 5), sendfile(-1, 0, 5));
          const refused = expect.stringMatching(/^(cold|refused)$/);
          const all = content.sendfile === undefined ? [refused, refused] : [4, 2];
          expect(went).toEqual([...all, refused, refused, refused]);
          expect(readFileSync(target, 'utf8')).toBe(content.sendfile === undefined ? '' : '345689');
        } finally {
          closeSync(descriptor);
          unlinkSync(target);
        }
      });

      test('are replaced whole, by a longer one as by a shorter one', async () => {
        await put(fileAt('t'), 'first');
        await put(fileAt('t'), 'the second');
        expect(await text(fileAt('t'))).toBe('the second');
        await put(fileAt('t'), '3rd');
        expect(await text(fileAt('t'))).toBe('3rd');
      });

      test('stay what they were for whoever has them open, when replaced, deleted or taken', async () => {
        const paths = ['replaced', 'deleted', 'taken', 'folder'].map(fileAt);
        for (const path of paths) await put(path, 'as it was');
        const opened = await Promise.all(paths.map((path) => driver.open(path)));
        await put(fileAt('replaced'), 'something else');
        await driver.delete(fileAt('deleted'));
        await driver.discard(await driver.take(fileAt('taken')));
        await driver.deleteFolder(folderAt('folder'));
        for (const content of opened) {
          expect(content.sizeBytes).toBe(9);
          expect(await textFrom(content, 0, 100)).toBe('as it was');
          await content.close();
        }
      });

      test('that are small are read whole, up to the limit and not beyond', async () => {
        await put(fileAt('t'), '0123456789');
        expect((await driver.readSmall(fileAt('t'), 10)).toString()).toBe('0123456789');
        await expect(driver.readSmall(fileAt('t'), 9)).rejects.toThrow(/more than 9 bytes/);
      });
    });

    describe('staged bytes', () => {
      test('have no path until they are placed', async () => {
        const staged = await stage('hidden');
        expect(staged.sizeBytes).toBe(6);
        expect(await driver.list(repositoryFolder(''), '', 10)).toEqual([]);
        await driver.place(staged, fileAt('t'), DURABLE);
        expect(await text(fileAt('t'))).toBe('hidden');
      });

      test('are read from the start, more than once', async () => {
        const staged = await stage('read me');
        expect((await readStaged(driver, staged)).toString()).toBe('read me');
        expect((await readStaged(driver, staged)).toString()).toBe('read me');
        await driver.discard(staged);
      });

      test('are whatever the chunks were when they were given, whatever their sizes', async () => {
        const { source, digest, sizeBytes } = oddChunks(5 * MIB);
        const staged = await driver.stage(source);
        expect(staged.sizeBytes).toBe(sizeBytes);
        expect(sha256(await readStaged(driver, staged))).toBe(digest());
        await driver.place(staged, fileAt('t'), DURABLE);
        expect(sha256(await contentOf(driver, fileAt('t')))).toBe(digest());
      });

      test('come from a plain iterable as from an async one', async () => {
        const staged = await driver.stage([[Buffer.from('a'), Buffer.alloc(0)], [], [new Uint8Array([98])]]);
        expect((await readStaged(driver, staged)).toString()).toBe('ab');
        await driver.discard(staged);
      });

      test('are what was given, though its memory is taken back as soon as the driver allows', async () => {
        const { source, digest, sizeBytes } = oddChunks(5 * MIB);
        async function* takenBack(): AsyncIterable<Chunks> {
          for await (const chunks of source) {
            const free = () => {
              for (const chunk of chunks) chunk.fill(0);
            };
            yield Object.assign([...chunks], { free });
          }
        }
        const staged = await driver.stage(takenBack());
        expect(staged.sizeBytes).toBe(sizeBytes);
        expect(sha256(await readStaged(driver, staged))).toBe(digest());
        await driver.discard(staged);
      });

      test('become several files in order, none of which is staged afterwards', async () => {
        const files = [
          { staged: await stage('the link'), path: fileAt('one') },
          { staged: await stage('the content'), path: fileAt('two') },
        ];
        await driver.placeInOrder(files, DURABLE);
        expect(await text(fileAt('one'))).toBe('the link');
        expect(await text(fileAt('two'))).toBe('the content');
        expect(await driver.sweepStaged(Number.POSITIVE_INFINITY)).toBe(0);
      });

      test('that are to become several files are thrown away when one of them is no longer staged', async () => {
        const gone = await stage('gone');
        await driver.discard(gone);
        const last = { staged: await stage('the content'), path: fileAt('two') };
        await expectFailure(
          driver.placeInOrder([{ staged: gone, path: fileAt('one') }, last], DURABLE),
          'missing',
        );
        await expectFailure(driver.stat(fileAt('two')), 'missing');
        expect(await driver.sweepStaged(Number.POSITIVE_INFINITY)).toBe(0);
      });

      test('are gone when the source fails, at once, in the middle or after a lot', async () => {
        for (const beforeBytes of [0, 10, 2 * MIB]) {
          await expect(driver.stage(failingAfter(beforeBytes))).rejects.toThrow('the client went away');
        }
        expect(await driver.sweepStaged(Number.POSITIVE_INFINITY)).toBe(0);
      });

      test('are gone when they are discarded, which never fails', async () => {
        const staged = await stage('thrown away');
        await driver.discard(staged);
        await driver.discard(staged);
        expect(await driver.sweepStaged(Number.POSITIVE_INFINITY)).toBe(0);
      });

      test('are no longer staged once placed, so that discarding them takes nothing away', async () => {
        const staged = await stage('kept');
        await driver.place(staged, fileAt('t'), DURABLE);
        await driver.discard(staged);
        expect(await text(fileAt('t'))).toBe('kept');
        await expectFailure(driver.place(staged, fileAt('again'), DURABLE), 'missing');
      });

      test('are swept if they were staged before a time, and only then', async () => {
        const staged = await stage('orphan');
        const later = Date.now() + 60_000;
        expect(await driver.sweepStaged(later - 3_600_000)).toBe(0);
        expect((await readStaged(driver, staged)).toString()).toBe('orphan');
        expect(await driver.sweepStaged(later)).toBe(1);
        expect(await driver.sweepStaged(later)).toBe(0);
        await expectFailure(driver.place(staged, fileAt('t'), DURABLE), 'missing');
      });
    });

    describe('placing', () => {
      test('works also where durability is not asked for', async () => {
        await driver.place(await stage('one'), fileAt('t'), { durable: false });
        await driver.writeSmall(fileAt('u'), Buffer.from('two'), { durable: false });
        expect([await text(fileAt('t')), await text(fileAt('u'))]).toEqual(['one', 'two']);
      });

      test('replaces what is there', async () => {
        await put(fileAt('t'), 'old');
        await driver.place(await stage('new'), fileAt('t'), DURABLE);
        expect(await text(fileAt('t'))).toBe('new');
      });

      test('only if absent leaves what is there, and throws the staged bytes away', async () => {
        await driver.place(await stage('first'), fileAt('t'), ONCE);
        await expectFailure(driver.place(await stage('second'), fileAt('t'), ONCE), 'exists');
        await expectFailure(driver.writeSmall(fileAt('t'), Buffer.from('third'), ONCE), 'exists');
        expect(await text(fileAt('t'))).toBe('first');
        expect(await driver.sweepStaged(Number.POSITIVE_INFINITY)).toBe(0);
      });

      test('only if absent, of many at once, lets exactly one win', async () => {
        const texts = Array.from({ length: 8 }, (_, index) => `by ${index}`);
        const staged = await Promise.all(texts.map(stage));
        const results = await Promise.allSettled(staged.map((each) => driver.place(each, fileAt('t'), ONCE)));
        expect(failuresOf(results)).toEqual(Array(7).fill('exists'));
        expect(await text(fileAt('t'))).toBe(texts[results.findIndex(isFulfilled)]);
      });

      test('of many at once in one place leaves one of them, whole', async () => {
        const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(10_000));
        await Promise.all(texts.map((each) => put(fileAt('t'), each)));
        expect(texts).toContain(await text(fileAt('t')));
      });

      test('can be made sure of by others, as long as the file is there', async () => {
        await expectFailure(driver.makeDurable(fileAt('t')), 'missing');
        await driver.writeSmall(fileAt('t'), Buffer.from('x'), { durable: false });
        await driver.makeDurable(fileAt('t'));
        await put(fileAt('u'), 'y');
        await driver.makeDurable(fileAt('u'));
        await driver.delete(fileAt('u'));
        await expectFailure(driver.makeDurable(fileAt('u')), 'missing');
        expect(await text(fileAt('t'))).toBe('x');
      });

      test('of many at once in new folders puts each in its own', async () => {
        const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
        await Promise.all(names.map((name) => put(fileAt(name), name)));
        for (const name of names) expect(await text(fileAt(name))).toBe(name);
      });
    });

    describe('taking', () => {
      test('moves a file out of sight with its bytes', async () => {
        await put(fileAt('t'), 'to be continued');
        const taken = await driver.take(fileAt('t'));
        expect(taken.sizeBytes).toBe(15);
        await expectFailure(driver.stat(fileAt('t')), 'missing');
        expect((await readStaged(driver, taken)).toString()).toBe('to be continued');
        await driver.place(taken, fileAt('u'), DURABLE);
        expect(await text(fileAt('u'))).toBe('to be continued');
      });

      test('what another has taken fails', async () => {
        await put(fileAt('t'), 'once');
        await driver.discard(await driver.take(fileAt('t')));
        await expectFailure(driver.take(fileAt('t')), 'missing');
      });

      test('by many at once gives it to exactly one', async () => {
        await put(fileAt('t'), 'mine');
        const results = await Promise.allSettled(Array.from({ length: 8 }, () => driver.take(fileAt('t'))));
        expect(failuresOf(results)).toEqual(Array(7).fill('missing'));
        for (const result of results) if (isFulfilled(result)) await driver.discard(result.value);
      });
    });

    describe('listing', () => {
      const ordered = ['0', '10', '9', 'A', 'B', 'Z', '_', 'a', 'a-b', 'a.b', 'a_b', 'ab', 'b'];

      beforeEach(async () => {
        for (const name of [...ordered].reverse()) await put(fileAt(name), name);
      });

      test('gives names in the order of their bytes, not of a language', async () => {
        expect(await driver.list(parent, '', 100)).toEqual(ordered);
      });

      test('begins after a name, whether or not that is there', async () => {
        expect(await driver.list(parent, 'Z', 100)).toEqual(ordered.slice(6));
        expect(await driver.list(parent, 'Y', 100)).toEqual(ordered.slice(5));
        expect(await driver.list(parent, 'b', 100)).toEqual([]);
        expect(await driver.list(parent, '~', 100)).toEqual([]);
      });

      test('stops at its limit, so that pages make up the whole', async () => {
        expect(await driver.list(parent, '', 0)).toEqual([]);
        expect(await driver.list(parent, '', 3)).toEqual(ordered.slice(0, 3));
        const all: string[] = [];
        for (let page = await driver.list(parent, '', 4); page.length > 0; ) {
          all.push(...page);
          page = await driver.list(parent, all.at(-1) ?? '', 4);
        }
        expect(all).toEqual(ordered);
      });

      test('gives the folders in a folder, not what is in them', async () => {
        expect(await driver.list(folderAt('a'), '', 10)).toEqual(['current']);
        expect(await driver.list(repositoryFolder('a'), '', 10)).toEqual(['b']);
      });

      test('gives some names, whichever they are, and all if there are no more than that', async () => {
        expect([...(await driver.listSome(parent, ordered.length + 1))].sort()).toEqual(ordered);
        expect([...(await driver.listSome(parent, ordered.length))].sort()).toEqual(ordered);
        const some = await driver.listSome(parent, 3);
        expect(new Set(some).size).toBe(3);
        expect(ordered).toEqual(expect.arrayContaining([...some]));
        expect(await driver.listSome(folderAt('missing'), 3)).toEqual([]);
        expect(await driver.listSome(fileAt('a'), 3)).toEqual([]);
      });

      test('without a promise gives what it gives with one, where the driver can', async () => {
        if (driver.quick === undefined) return;
        for (const after of ['', 'Y', 'Z', '~']) {
          expect(driver.quick.list(parent, after, 4)).toEqual(await driver.list(parent, after, 4));
        }
        expect(driver.quick.list(folderAt('missing'), '', 10)).toEqual([]);
        expect(driver.quick.list(fileAt('a'), '', 10)).toEqual([]);
        await put(fileAt('c'), 'new');
        expect(driver.quick.list(parent, 'b', 10)).toEqual(['c']);
        await driver.deleteFolder(folderAt('c'));
        expect(driver.quick.list(parent, 'b', 10)).toEqual([]);
      });

      test('of a folder that is not there is empty', async () => {
        expect(await driver.list(repositoryFolder('nothing/here'), '', 10)).toEqual([]);
        expect(await driver.list(folderAt('missing'), '', 10)).toEqual([]);
      });

      test('of a file is empty', async () => {
        expect(await driver.list(fileAt('a'), '', 10)).toEqual([]);
      });

      test('knows of a name as soon as it is written, and no longer once its folder is deleted', async () => {
        await driver.list(parent, '', 100);
        await put(fileAt('c'), 'new');
        expect(await driver.list(parent, 'b', 100)).toEqual(['c']);
        await driver.deleteFolder(folderAt('c'));
        expect(await driver.list(parent, 'b', 100)).toEqual([]);
      });
    });

    describe('deleting', () => {
      test('removes a file, once', async () => {
        await put(fileAt('t'), 'x');
        await driver.delete(fileAt('t'));
        await expectFailure(driver.stat(fileAt('t')), 'missing');
        await expectFailure(driver.delete(fileAt('t')), 'missing');
      });

      test('leaves a path that can be written again', async () => {
        await put(fileAt('t'), 'one');
        await driver.delete(fileAt('t'));
        await driver.writeSmall(fileAt('t'), Buffer.from('two'), ONCE);
        expect(await text(fileAt('t'))).toBe('two');
        await driver.deleteFolder(folderAt('t'));
        await driver.writeSmall(fileAt('t'), Buffer.from('three'), ONCE);
        expect(await text(fileAt('t'))).toBe('three');
      });

      test('a folder takes all that is below it and nothing beside it', async () => {
        for (const name of ['t', 't2', 'u']) await put(fileAt(name), name);
        await driver.deleteFolder(folderAt('t'));
        await expectFailure(driver.stat(fileAt('t')), 'missing');
        expect(await driver.list(parent, '', 10)).toEqual(['t2', 'u']);
        await driver.deleteFolder(parent);
        expect(await driver.list(parent, '', 10)).toEqual([]);
        await expectFailure(driver.stat(fileAt('u')), 'missing');
      });

      test('a folder that is not there is no failure', async () => {
        await driver.deleteFolder(folderAt('t'));
        await driver.deleteEmptyFolder(folderAt('t'));
        expect(await driver.list(parent, '', 10)).toEqual([]);
      });

      test('an empty folder takes the folders in it, and the name out of the listing', async () => {
        await put(fileAt('t'), 'x');
        await driver.delete(fileAt('t'));
        await driver.deleteEmptyFolder(folderAt('t'));
        expect(await driver.list(parent, '', 10)).toEqual([]);
      });

      test('an empty folder leaves one that has a file anywhere below it', async () => {
        await put(fileAt('t'), 'x');
        await driver.deleteEmptyFolder(folderAt('t'));
        await driver.deleteEmptyFolder(parent);
        expect(await text(fileAt('t'))).toBe('x');
      });

      test('by many at once succeeds for exactly one', async () => {
        await put(fileAt('t'), 'x');
        const results = await Promise.allSettled(Array.from({ length: 8 }, () => driver.delete(fileAt('t'))));
        expect(failuresOf(results)).toEqual(Array(7).fill('missing'));
      });

      test('empty folders while files come into them loses no file', async () => {
        for (let round = 0; round < 20; round += 1) {
          await Promise.all([put(fileAt('t'), String(round)), driver.deleteEmptyFolder(parent)]);
          expect(await text(fileAt('t'))).toBe(String(round));
          await driver.delete(fileAt('t'));
        }
      });
    });
  });
}

async function expectFailure(work: Promise<unknown>, failure: 'missing' | 'exists'): Promise<void> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect({ failure, is: isDriverFailure(error, failure), error }).toMatchObject({ is: true });
}

function failuresOf(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason.failure] : []));
}

function isFulfilled<Value>(result: PromiseSettledResult<Value>): result is PromiseFulfilledResult<Value> {
  return result.status === 'fulfilled';
}

async function readStaged(driver: Driver, staged: Staged): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const some of driver.readStaged(staged)) chunks.push(...some);
  return Buffer.concat(chunks);
}

/** A read may give less than it was asked for, but not nothing before the end. */
async function textFrom(content: Content, offsetBytes: number, mostBytes: number): Promise<string> {
  const target = Buffer.alloc(mostBytes);
  let filled = 0;
  for (let count = 1; count > 0 && filled < mostBytes; filled += count) {
    count = await content.read(target.subarray(filled), offsetBytes + filled);
  }
  return target.toString('utf8', 0, filled);
}

async function contentOf(driver: Driver, path: StorePath): Promise<Buffer> {
  const content = await driver.open(path);
  try {
    const whole = Buffer.alloc(content.sizeBytes);
    const chunk = Buffer.alloc(100_003);
    for (let offset = 0, count = 0; offset < whole.byteLength; offset += count) {
      count = await content.read(chunk, offset);
      if (count === 0) break;
      chunk.copy(whole, offset, 0, count);
    }
    return whole;
  } finally {
    await content.close();
  }
}

/** About `leastBytes` in chunks of odd sizes. */
function oddChunks(leastBytes: number) {
  const sizes = [1, 65_536, 7, 262_144, 100_003, 1_048_577, 0, 4095];
  const hash = createHash('sha256');
  const plan: number[] = [];
  let sizeBytes = 0;
  for (let index = 0; sizeBytes < leastBytes; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    plan.push(size);
    sizeBytes += size;
  }
  async function* source(): AsyncIterable<Chunks> {
    for (const [index, size] of plan.entries()) {
      const chunk = Buffer.alloc(size, (index % 255) + 1);
      hash.update(chunk);
      yield [chunk];
    }
  }
  let digest: string | undefined;
  return {
    source: source(),
    sizeBytes,
    digest: () => {
      digest ??= hash.digest('hex');
      return digest;
    },
  };
}

async function* failingAfter(bytes: number): AsyncIterable<Chunks> {
  for (let sent = 0; sent < bytes; sent += 65_536) yield [Buffer.alloc(Math.min(65_536, bytes - sent), 1)];
  throw new Error('the client went away');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('this name is no name');
  return value;
}
