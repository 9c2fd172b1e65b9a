import fc from 'fast-check';
import { memoryDriver } from '../drivers/memory.ts';
import { digestOf, parseRepositoryName, type RepositoryName } from '../names.ts';
import { repositoriesAfter } from './catalog.ts';
import type { StoreContext } from './context.ts';
import { blobData, layerLink, revisionLink } from './layout.ts';
import { writeLink } from './links.ts';
import { contextFor } from './test-context.ts';

const DIGEST = digestOf('sha256', 'd4'.repeat(32));

/** Names of few letters, so that one is often the beginning of another. */
const name = fc
  .array(fc.stringMatching(/^[ab](?:[-._]?[ab0]){0,2}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const names = fc.uniqueArray(name, { maxLength: 15 });

function nameOf(text: string): RepositoryName {
  const parsed = parseRepositoryName(text);
  if (parsed === undefined) throw new Error(`${text} is no name`);
  return parsed;
}

async function storeWith(repositories: readonly string[]): Promise<StoreContext> {
  const store = contextFor(memoryDriver());
  await store.driver.writeSmall(blobData(DIGEST), Buffer.from('a blob'), { durable: true });
  for (const [index, text] of repositories.entries()) {
    const link = index % 2 === 0 ? layerLink : revisionLink;
    await writeLink(store.driver, link(nameOf(text), DIGEST), DIGEST);
  }
  return store;
}

async function take(store: StoreContext, last: string, limit: number): Promise<string[]> {
  const found: string[] = [];
  for await (const repository of repositoriesAfter(store, last)) {
    found.push(repository);
    if (found.length === limit) break;
  }
  return found;
}

describe('the catalog', () => {
  test('from any name on it is what sorting all names gives', async () => {
    const odd = fc.tuple(
      name,
      fc.constantFrom('!', '+', ',', '/', '//', '-', '.', '_', '~', ' ', '/!', '/~'),
    );
    const last = fc.oneof(
      name,
      fc.string({ maxLength: 3 }),
      odd.map(([text, end]) => text + end),
    );
    await fc.assert(
      fc.asyncProperty(names, fc.array(last, { maxLength: 4 }), async (repositories, lasts) => {
        const store = await storeWith(repositories);
        const sorted = [...repositories].sort();
        for (const begin of ['', ...lasts, ...repositories]) {
          expect(await take(store, begin, Number.POSITIVE_INFINITY)).toEqual(
            sorted.filter((each) => each > begin),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test('page after page, of any size, it names every repository once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 5 }), async (repositories, limit) => {
        const store = await storeWith(repositories);
        const found: string[] = [];
        for (let page = await take(store, '', limit); page.length > 0; ) {
          found.push(...page);
          page = await take(store, found.at(-1) ?? '', limit);
        }
        expect(found).toEqual([...repositories].sort());
      }),
      { numRuns: 200 },
    );
  });

  test('a page does not look into folders that it has no need of', async () => {
    const repositories = Array.from({ length: 50 }, (_, index) => `a${index + 10}/b/c`);
    const store = await storeWith(repositories);
    const looked: string[] = [];
    const list = store.driver.list.bind(store.driver);
    store.driver.list = (path, after, limit) => {
      looked.push(path);
      return list(path, after, limit);
    };
    expect(await take(store, 'a30', 2)).toEqual(['a30/b/c', 'a31/b/c']);
    expect(looked.length).toBeLessThan(30);
  });
});
