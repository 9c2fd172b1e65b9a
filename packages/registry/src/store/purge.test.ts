import { memoryDriver } from '../drivers/memory.ts';
import { parseRepositoryName, parseUploadId, type RepositoryName, type UploadId } from '../names.ts';
import type { StoreContext } from './context.ts';
import { uploadStartedAt } from './layout.ts';
import { purgeUploads } from './purge.ts';
import { contextFor } from './test-context.ts';

const ID = known(parseUploadId('0b9c2f5e-8f6c-4c1b-9a63-6f0d7f6a1c11'));

function known<Value extends RepositoryName | UploadId>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test itself is wrong');
  return value;
}

async function storeWith(repositories: number): Promise<StoreContext> {
  const store = contextFor(memoryDriver());
  for (let index = 0; index < repositories; index += 1) {
    const name = known(parseRepositoryName(`many/r${index}/x`));
    await store.driver.writeSmall(uploadStartedAt(name, ID), Buffer.from(new Date(0).toISOString()), {
      durable: false,
    });
  }
  return store;
}

describe('a purge of uploads', () => {
  test('pauses the more often the more repositories there are', async () => {
    const pausesFor = async (repositories: number): Promise<number> => {
      let pauses = 0;
      const pause = async (): Promise<void> => {
        pauses += 1;
      };
      const options = { startedBeforeMs: 1, pause };
      const { purged } = await purgeUploads(await storeWith(repositories), options);
      expect(purged).toHaveLength(repositories);
      return pauses;
    };
    expect(await pausesFor(2)).toBe(0);
    const some = await pausesFor(50);
    expect(some).toBeGreaterThan(0);
    expect(await pausesFor(500)).toBeGreaterThan(8 * some);
  });

  test('ends in a pause when it is called off, and leaves the rest', async () => {
    const store = await storeWith(200);
    const called = new AbortController();
    const pause = async (signal: AbortSignal | undefined): Promise<void> => {
      expect(signal).toBe(called.signal);
      called.abort();
    };
    const { purged } = await purgeUploads(store, { startedBeforeMs: 1, signal: called.signal, pause });
    expect(purged.length).toBeLessThan(100);
    const rest = await purgeUploads(store, { startedBeforeMs: 1, pause: async () => {} });
    expect(rest.purged).toHaveLength(200 - purged.length);
  });

  test('ends in a pause of its own when it is called off', async () => {
    const store = await storeWith(200);
    const called = new AbortController();
    const purge = purgeUploads(store, { startedBeforeMs: 1, signal: called.signal });
    setImmediate(() => called.abort());
    expect((await purge).purged.length).toBeLessThan(200);
  });
});
