import { memoryDriver } from '../drivers/memory.ts';
import { type Digest, digestOf, parseRepositoryName } from '../names.ts';
import type { StoreContext } from './context.ts';
import { blobData, layerLink, revisionLink } from './layout.ts';
import { removeFile, writeLink } from './links.ts';
import { isRepository } from './repositories.ts';
import { contextFor } from './test-context.ts';

const NAME = parseRepositoryName('a/b') ?? fail();

function fail(): never {
  throw new Error('the test itself is wrong');
}

const numbered = (index: number): Digest => digestOf('sha256', index.toString(16).padStart(64, '0'));

/** A store that counts the names that its listings give. */
function counting(quickReads: boolean): { store: StoreContext; namesRead: () => number } {
  const driver = memoryDriver({ quickReads });
  const { quick } = driver;
  let count = 0;
  const counted = (names: readonly string[]): readonly string[] => {
    count += names.length;
    return names;
  };
  const list = driver.list.bind(driver);
  const listSome = driver.listSome.bind(driver);
  driver.list = async (...ask) => counted(await list(...ask));
  driver.listSome = async (...ask) => counted(await listSome(...ask));
  if (quick !== undefined) {
    const listNow = quick.list;
    quick.list = (...ask) => counted(listNow(...ask) ?? []);
  }
  const store = contextFor(driver);
  return {
    store,
    namesRead: () => {
      const read = count;
      count = 0;
      return read;
    },
  };
}

describe.each([
  ['at once', true],
  ['by promises', false],
])('whether there is a repository, told %s,', (_, quickReads) => {
  test('is found out by a look at a few of its manifests, and then by one of them', async () => {
    const { store, namesRead } = counting(quickReads);
    for (let index = 0; index < 500; index += 1) {
      await writeLink(store.driver, revisionLink(NAME, numbered(index)), numbered(index));
    }
    expect(await isRepository(store, NAME)).toBe(true);
    expect(namesRead()).toBeLessThan(20);
    expect(await isRepository(store, NAME)).toBe(true);
    expect(namesRead()).toBe(0);
  });

  test('does not hang on the first few, nor on the one that was found', async () => {
    const { store } = counting(quickReads);
    for (let index = 0; index < 100; index += 1) {
      // A folder without its link, as a delete by another program leaves it.
      const folder = revisionLink(NAME, numbered(index)).replace(/link$/, 'left') as ReturnType<
        typeof revisionLink
      >;
      await store.driver.writeSmall(folder, Buffer.from('x'), { durable: false });
    }
    expect(await isRepository(store, NAME)).toBe(false);
    const [one, other] = [numbered(98), numbered(99)];
    for (const digest of [one, other]) await writeLink(store.driver, revisionLink(NAME, digest), digest);
    expect(await isRepository(store, NAME)).toBe(true);
    await removeFile(store.driver, revisionLink(NAME, one));
    expect(await isRepository(store, NAME)).toBe(true);
    await removeFile(store.driver, revisionLink(NAME, other));
    expect(await isRepository(store, NAME)).toBe(false);
  });

  test('hangs on a blob as long as that is there', async () => {
    const { store } = counting(quickReads);
    const digest = numbered(1);
    await writeLink(store.driver, layerLink(NAME, digest), digest);
    expect(await isRepository(store, NAME)).toBe(false);
    await store.driver.writeSmall(blobData(digest), Buffer.from('blob'), { durable: false });
    expect(await isRepository(store, NAME)).toBe(true);
    await removeFile(store.driver, blobData(digest));
    expect(await isRepository(store, NAME)).toBe(false);
  });
});
