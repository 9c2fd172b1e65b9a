import fc from 'fast-check';
import { memoryDriver } from '../drivers/memory.ts';
import { digestOf, parseRepositoryName, parseTag, type RepositoryName, type Tag } from '../names.ts';
import type { StoreContext } from './context.ts';
import { revisionLink } from './layout.ts';
import { writeLink } from './links.ts';
import { deleteTagsOf, listTags, moveTag } from './tags.ts';
import { contextFor } from './test-context.ts';

const KEPT = digestOf('sha256', 'e5'.repeat(32));
const DELETED = digestOf('sha256', 'f6'.repeat(32));
const NAME = known(parseRepositoryName('a/b'));

function known<Value extends RepositoryName | Tag>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test itself is wrong');
  return value;
}

const tag = fc.stringMatching(/^[aB_1][aB_1.-]{0,3}$/);
const tags = fc.uniqueArray(tag, { maxLength: 40 });

async function storeWith(names: readonly string[], gone: readonly string[] = []): Promise<StoreContext> {
  const store = contextFor(memoryDriver());
  await writeLink(store.driver, revisionLink(NAME, KEPT), KEPT);
  for (const name of names) await moveTag(store, NAME, known(parseTag(name)), KEPT);
  for (const name of gone) await moveTag(store, NAME, known(parseTag(name)), DELETED);
  return store;
}

describe('tags', () => {
  test('from any name on, a page of any size is what sorting all tags gives', async () => {
    const last = fc.oneof(tag, fc.constant(''), fc.string({ maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(tags, last, fc.integer({ min: 1, max: 45 }), async (names, begin, limit) => {
        const store = await storeWith(names);
        const after = [...names].sort().filter((each) => each > begin);
        expect(await listTags(store, NAME, begin, limit)).toEqual({
          names: after.slice(0, limit),
          hasMore: after.length > limit,
        });
      }),
      { numRuns: 200 },
    );
  });

  test('a tag whose manifest is gone is not listed and does not shorten a page', async () => {
    await fc.assert(
      fc.asyncProperty(tags, tags, fc.integer({ min: 1, max: 5 }), async (all, some, limit) => {
        const gone = some.filter((each) => !all.includes(each));
        const store = await storeWith(all, gone);
        const { names, hasMore } = await listTags(store, NAME, '', limit);
        expect(names).toEqual([...all].sort().slice(0, limit));
        expect(hasMore).toBe(all.length > limit);
      }),
      { numRuns: 100 },
    );
  });

  test('those of one manifest can be removed without the others', async () => {
    await fc.assert(
      fc.asyncProperty(tags, tags, async (all, some) => {
        const other = some.filter((each) => !all.includes(each));
        const store = await storeWith(all, other);
        await writeLink(store.driver, revisionLink(NAME, DELETED), DELETED);
        await deleteTagsOf(store, NAME, DELETED);
        expect((await listTags(store, NAME, '', 100)).names).toEqual([...all].sort());
      }),
      { numRuns: 50 },
    );
  });

  test('that many ask for at once are looked up for all of them together, after they asked', async () => {
    const all = Array.from({ length: 300 }, (_, index) => `t${1000 + index}`);
    const store = await storeWith(all);
    const { quick } = store.driver;
    if (quick === undefined) throw new Error('the test itself is wrong');
    let reads = 0;
    const { readWhole } = quick;
    quick.readWhole = (...ask) => {
      reads += 1;
      return readWhole(...ask);
    };
    const early = Array.from({ length: 20 }, () => listTags(store, NAME, '', 200));
    await moveTag(store, NAME, known(parseTag('a')), KEPT);
    const late = Array.from({ length: 20 }, () => listTags(store, NAME, '', 200));
    for (const { names } of await Promise.all(early)) expect(names).toHaveLength(200);
    for (const { names } of await Promise.all(late)) expect(names[0]).toBe('a');
    expect(reads).toBeLessThan(4 * 201);
  });

  test('of a repository that is not there are refused to all who ask, each time', async () => {
    const store = contextFor(memoryDriver());
    for (let round = 0; round < 2; round += 1) {
      const asks = Array.from({ length: 3 }, () => listTags(store, NAME, '', 10));
      for (const ask of asks) await expect(ask).rejects.toMatchObject({ code: 'NAME_UNKNOWN' });
    }
  });
});
